#include "sweep/csv.h"

#include <clocale>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <rapidcheck/catch.h>
#include <string>
#include <vector>

#include "support/catch.h"
#include "sweep/csv_reader.h"

using namespace plimsoll;

// The examples of RFC 4180, section 2, numbers 5 to 7.
TEST_CASE("cells in quotes", "[sweep][csv]") {
  CHECK(csv_cell("aaa") == "aaa");
  CHECK(csv_cell("b\r\nbb") == "\"b\r\nbb\"");
  CHECK(csv_cell("b\"bb") == "\"b\"\"bb\"");
  CHECK(csv_cell("a,b") == "\"a,b\"");
  CHECK(csv_cell("") == "");
  CHECK(csv_record(std::vector<std::string>{"a", "", "c,d"}) == "a,,\"c,d\"\n");
}

TEST_CASE("every record reads back", "[sweep][csv]") {
  rc::prop("any bytes", [](const std::vector<std::vector<std::string>>& rows) {
    std::string text;
    std::vector<std::vector<std::string>> written;
    for (const auto& row : rows) {
      if (row.empty()) continue;
      written.push_back(row);
      text += csv_record(row);
    }
    RC_ASSERT(plimsoll::test::read_csv(text) == written);
  });
}

TEST_CASE("numbers read back to the same value", "[sweep][csv]") {
  CHECK(csv_number(0.1) == "0.1");
  CHECK(csv_number(4096.0) == "4096");
  CHECK(csv_number(1.0 / 3.0) == "0.3333333333333333");
  CHECK(csv_number(std::numeric_limits<double>::infinity()).empty());
  CHECK(csv_number(std::nan("")).empty());
  rc::prop("any bits", [](std::uint64_t bits) {
    double value = 0.0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) return;
    RC_ASSERT(std::strtod(csv_number(value).c_str(), nullptr) == value);
  });
}
