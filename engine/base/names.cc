#include "base/names.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/text.h"

namespace plimsoll {
namespace {

// Longer "names" are garbage, and comparing them would cost time.
constexpr std::size_t longest_name = 256;

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_beyond_ascii(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

// Optimal string alignment (Damerau-Levenshtein with adjacent transpositions, each part edited
// once); anything above `limit` comes back as limit + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > limit) return limit + 1;
  std::vector<std::size_t> two_back(b.size() + 1), back(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) back[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      current[j] = std::min({back[j] + 1, current[j - 1] + 1, back[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], two_back[j - 2] + 1);
      }
    }
    std::swap(two_back, back);
    std::swap(back, current);
    // A transposition reaches two rows back, so both must be beyond the limit.
    const std::size_t best =
        std::min(*std::min_element(back.begin(), back.end()),
                 i > 1 ? *std::min_element(two_back.begin(), two_back.end()) : std::size_t{0});
    if (best > limit) return limit + 1;
  }
  return std::min(back[b.size()], limit + 1);
}

}  // namespace

std::string fold_name(std::string_view name) {
  std::string folded;
  folded.reserve(name.size());
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool decimal_point =
        c == '.' && i > 0 && i + 1 < name.size() && is_digit(name[i - 1]) && is_digit(name[i + 1]);
    if (is_upper(c)) {
      folded += static_cast<char>(c - 'A' + 'a');
    } else if (is_lower(c) || is_digit(c) || c == '+' || decimal_point || is_beyond_ascii(c)) {
      folded += c;
    }
  }
  return folded;
}

std::optional<std::string> nearest_name(std::string_view name,
                                        std::span<const std::string> candidates) {
  if (name.size() > longest_name) return std::nullopt;
  const std::string wanted = fold_name(name);
  const std::string* nearest = nullptr;
  std::size_t limit = std::max<std::size_t>(2, wanted.size() / 3);
  for (const std::string& candidate : candidates) {
    if (candidate.size() > longest_name) continue;
    const std::string folded = fold_name(candidate);
    const std::size_t distance = edit_distance(wanted, folded, limit);
    // A distance as long as the names says that they share nothing.
    if (distance > limit || distance >= std::max(wanted.size(), folded.size())) continue;
    nearest = &candidate;
    if (distance == 0) break;
    limit = distance - 1;  // only a nearer one replaces it
  }
  return nearest ? std::optional(*nearest) : std::nullopt;
}

}  // namespace plimsoll
