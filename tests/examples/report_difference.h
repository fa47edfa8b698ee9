// Compares two reports of the program on structure and on two significant digits.
#pragma once

#include <string>
#include <vector>

namespace plimsoll::test {

// A line of a report taken apart: its words, with '#' for each measured number, bars as one '=' and
// runs of spaces as one; and the numbers. A number is measured where a unit, a bracket or the end
// of a figure follows it, or where it stands in an interval or is a value of JSON; "RTX 4090" is a
// name.
struct ReportLine {
  std::string shape;
  std::vector<double> numbers;
};

ReportLine report_line(const std::string& line);

// Within one unit of the second significant digit of the larger; so 9.94 and 10.1 agree.
bool same_to_two_digits(double left, double right);

// Empty where the reports agree; else the lines that do not, "-" for the old and "+" for the new,
// as in a unified diff without context.
std::string report_difference(const std::string& old_text, const std::string& new_text);

}  // namespace plimsoll::test
