#include "measurements/host_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/quantity_text.h"
#include "base/text.h"

namespace plimsoll {

namespace {

bool has_digit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_digit);
}

std::string without(std::string text, std::string_view part) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part))
    text.erase(at, part.size());
  return text;
}

// "Ryzen 9 7900X (Nvidia 4090)" without what stands in brackets.
std::string without_brackets(std::string text) {
  for (std::size_t open = text.find('('); open != std::string::npos; open = text.find('(')) {
    const std::size_t close = text.find(')', open);
    text.erase(open, close == std::string::npos ? std::string::npos : close - open + 1);
  }
  return text;
}

// The number that ends where the text ends, blanks aside.
std::optional<double> number_before(std::string_view text) {
  text = trimmed(text);
  std::size_t begin = text.size();
  while (begin > 0 && (is_digit(text[begin - 1]) || text[begin - 1] == '.')) --begin;
  return parse_number(text.substr(begin));
}

std::optional<double> memory_in(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 2> units = {
      {{"TB", 1024.0}, {"GB", 1.0}}};
  for (const auto& [unit, gib] : units) {
    const std::size_t at = text.find(unit);
    const auto number =
        at == std::string_view::npos ? std::nullopt : number_before(text.substr(0, at));
    if (number) return *number * gib;
  }
  return std::nullopt;
}

std::optional<int> whole_number(std::string_view digits) {
  const std::optional<std::int64_t> number = parse_integer(digits);
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

// "DDR5-4800" is 4800.
std::optional<int> megatransfers_in(std::string_view text) {
  const std::size_t ddr = text.find("DDR");
  if (ddr == std::string_view::npos) return std::nullopt;
  const std::size_t dash = text.find('-', ddr);
  if (dash == std::string_view::npos) return std::nullopt;
  std::size_t end = dash + 1;
  while (end < text.size() && is_digit(text[end])) ++end;
  return whole_number(text.substr(dash + 1, end - dash - 1));
}

std::optional<int> channels_in(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, int>, 3> words = {
      {{"dual", 2}, {"quad", 4}, {"octa", 8}}};
  for (const auto& [word, channels] : words) {
    const std::size_t at = text.find(word);
    if (at != std::string_view::npos && text.find("channel", at) != std::string_view::npos)
      return channels;
  }
  const std::size_t ddr = text.find("x DDR");  // "8x DDR5-4800"
  if (ddr == std::string_view::npos) return std::nullopt;
  const std::optional<double> number = number_before(text.substr(0, ddr));
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

// "2x " off the front.
int take_count(std::string_view& text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits == 0 || !text.substr(digits).starts_with("x ")) return 1;
  const int count = whole_number(text.substr(0, digits)).value_or(1);
  text = trimmed(text.substr(digits + 2));
  return count;
}

}  // namespace

std::optional<double> HostText::bandwidth() const {
  if (!channels || !megatransfers) return std::nullopt;
  constexpr double bytes_per_transfer = 8.0;
  return bytes_per_transfer * 1e6 * *channels * *megatransfers;
}

HostText parse_host(std::string_view text) {
  HostText host;
  const std::string plain = without_brackets(without(without(std::string(text), "(R)"), "(TM)"));
  host.memory_gb = memory_in(plain);
  host.channels = channels_in(plain);
  host.megatransfers = megatransfers_in(plain);
  std::string_view cpu = plain;
  cpu = cpu.substr(0, cpu.find(','));
  cpu = trimmed(cpu.substr(0, cpu.find(" - ")));
  host.sockets = take_count(cpu);
  const bool memory = memory_in(cpu) || cpu.find("DDR") != std::string_view::npos;
  if (!memory && has_digit(cpu)) host.cpu = std::string(cpu);
  return host;
}

std::string shorter_name(std::string_view name) {
  const std::size_t last = name.rfind(' ');
  if (last == std::string_view::npos) return {};
  const std::string_view shorter = trimmed(name.substr(0, last));
  return has_digit(shorter) ? std::string(shorter) : std::string();
}

}  // namespace plimsoll
