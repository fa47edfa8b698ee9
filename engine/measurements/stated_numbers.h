// Numbers in what a table says in words.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace plimsoll {

// The whole number before a word, blanks between them aside: 300 of "300 prompts, …".
std::optional<std::int64_t> number_before_word(std::string_view text, std::string_view word);

// The whole number behind a word, blanks between them aside: 42 of "offload: -ngl 42; …", 4 of
// "MLPerf v4.1 closed: …".
std::optional<std::int64_t> number_after_word(std::string_view text, std::string_view word);

}  // namespace plimsoll
