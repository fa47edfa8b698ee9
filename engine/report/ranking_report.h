// "What can I run?": every catalogue model on one machine, in the order of the ranking.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "evaluate/outcome.h"
#include "report/layout.h"

namespace plimsoll {

std::string ranking_text(std::string_view machine, std::span<const RankedModel> models,
                         const TextStyle& style);
std::string ranking_json(std::string_view machine, std::span<const RankedModel> models);
std::string ranking_markdown(std::string_view machine, std::span<const RankedModel> models);

}  // namespace plimsoll
