// What the reader of a table reads: a file, or nothing but its own list of keys.
#pragma once

#include <filesystem>
#include <utility>

#include "config/schema.h"

namespace plimsoll {

struct TableInput {
  TableInput(std::filesystem::path path) : file(std::move(path)) {}  // NOLINT: a file is an input
  explicit TableInput(Schema& written) : schema(&written) {}

  std::filesystem::path file;
  Schema* schema = nullptr;  // then there is no file, and the keys are written down here
};

}  // namespace plimsoll
