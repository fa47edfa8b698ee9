#include "examples/report_difference.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <locale>
#include <regex>
#include <sstream>

namespace plimsoll::test {
namespace {

// Block and box characters are U+2500 to U+259F, E2 94 80 to E2 96 9F in UTF-8; the bar's empty
// part is U+00B7.
std::string without_bars(const std::string& line) {
  static const std::regex bar("((\xE2[\x94-\x96][\x80-\xBF])|(\xC2\xB7))+");
  static const std::regex spaces(" +");
  return std::regex_replace(std::regex_replace(line, bar, "="), spaces, " ");
}

double number_of(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ','), text.end());
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  double value = 0;
  stream >> value;
  return value;
}

// A digit may be part of a word: "Q4_K", "v0.1", "tensor-parallel-size-4".
bool begins_number(const std::string& before) {
  static const std::string opening = " (\"[";
  return before.empty() || opening.find(before.back()) != std::string::npos;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool is_measured(const std::string& before, const std::string& number, const std::string& after) {
  static const std::regex unit(
      " ?%.*| (([kMGT]i?)?B|[kMGT]?B/s|[TG]FLOP/s|J/token|token/s|[mun]?s|W|bit|bit/weight)([ "
      ".,;:)\"].*)?");
  static const std::regex name_goes_on(" ([A-Z]|[0-9]).*");
  if (ends_with(before, "… ") || after.rfind(" …", 0) == 0) return true;
  if (ends_with(before, "\": ") || std::regex_match(after, unit)) return true;
  return number.find('.') != std::string::npos && !std::regex_match(after, name_goes_on);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool agree(const ReportLine& left, const ReportLine& right) {
  return left.shape == right.shape &&
         std::equal(left.numbers.begin(), left.numbers.end(), right.numbers.begin(),
                    right.numbers.end(), same_to_two_digits);
}

// kept[i][j]: length of the longest common subsequence of the lines from i and from j on.
using Lengths = std::vector<std::vector<std::size_t>>;

Lengths common_lengths(const std::vector<ReportLine>& left, const std::vector<ReportLine>& right) {
  Lengths kept(left.size() + 1, std::vector<std::size_t>(right.size() + 1, 0));
  for (std::size_t i = left.size(); i-- > 0;) {
    for (std::size_t j = right.size(); j-- > 0;) {
      kept[i][j] = agree(left[i], right[j]) ? kept[i + 1][j + 1] + 1
                                            : std::max(kept[i + 1][j], kept[i][j + 1]);
    }
  }
  return kept;
}

std::vector<ReportLine> taken_apart(const std::vector<std::string>& lines) {
  std::vector<ReportLine> apart;
  for (const std::string& line : lines) apart.push_back(report_line(line));
  return apart;
}

}  // namespace

ReportLine report_line(const std::string& line) {
  static const std::regex number("-?[0-9]+(,[0-9]{3})*(\\.[0-9]+)?(e[-+]?[0-9]+)?");
  const std::string plain = without_bars(line);
  ReportLine result;
  std::size_t done = 0;
  for (std::sregex_iterator match(plain.begin(), plain.end(), number), end; match != end; ++match) {
    const auto at = static_cast<std::size_t>(match->position());
    const std::string before = plain.substr(0, at);
    if (!begins_number(before) || !is_measured(before, match->str(), match->suffix())) continue;
    result.shape += plain.substr(done, at - done) + '#';
    result.numbers.push_back(number_of(match->str()));
    done = at + match->str().size();
  }
  result.shape += plain.substr(done);
  return result;
}

bool same_to_two_digits(double left, double right) {
  const double larger = std::max(std::abs(left), std::abs(right));
  if (larger == 0) return true;
  const double unit = std::pow(10, std::floor(std::log10(larger)) - 1);
  return std::abs(left - right) <= unit * (1 + 1e-9);
}

std::string report_difference(const std::string& old_text, const std::string& new_text) {
  const std::vector<std::string> old_lines = lines_of(old_text);
  const std::vector<std::string> new_lines = lines_of(new_text);
  const std::vector<ReportLine> left = taken_apart(old_lines);
  const std::vector<ReportLine> right = taken_apart(new_lines);
  const Lengths kept = common_lengths(left, right);
  std::string difference;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() || j < right.size()) {
    if (i < left.size() && j < right.size() && agree(left[i], right[j])) {
      ++i;
      ++j;
    } else if (j == right.size() || (i < left.size() && kept[i + 1][j] >= kept[i][j + 1])) {
      difference += "- " + old_lines[i++] + "\n";
    } else {
      difference += "+ " + new_lines[j++] + "\n";
    }
  }
  return difference;
}

}  // namespace plimsoll::test
