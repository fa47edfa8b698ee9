#include "base/quantity_text.h"

#include <clocale>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <locale>
#include <string>
#include <string_view>

#include "support/catch.h"
// After Catch2.
#include <rapidcheck/catch.h>

namespace plimsoll {
namespace {

template <class Q>
struct Case {
  std::string_view text;
  double base;  // in SI base units, written as the decimal number that the text means
};

template <class Q, std::size_t N>
void check_valid(const Case<Q> (&cases)[N]) {
  for (const Case<Q>& c : cases) {
    CAPTURE(c.text);
    const auto parsed = parse_quantity<Q>(c.text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->base() == c.base);
  }
}

template <class Q, std::size_t N>
void check_invalid(const std::string_view (&texts)[N]) {
  for (const std::string_view text : texts) {
    CAPTURE(text);
    CHECK_FALSE(parse_quantity<Q>(text).has_value());
  }
}

// ---- What must not compile
// -------------------------------------------------------------------------------------

template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
  a < b;
};
template <class Q>
constexpr bool takes_bare_number = std::is_convertible_v<double, Q>;

static_assert(!takes_bare_number<Bytes> && !takes_bare_number<BytesPerSecond>);
static_assert(!std::is_convertible_v<Bytes, double> && !std::is_convertible_v<Bytes, Seconds>);
static_assert(!std::is_constructible_v<Bytes, Seconds> && !std::is_assignable_v<Bytes&, double>);
static_assert(Addable<Bytes, Bytes> && !Addable<Bytes, double> && !Addable<Bytes, Seconds>);
static_assert(!Comparable<Bytes, double> && !Comparable<Bytes, BytesPerSecond>);
static_assert(std::is_same_v<decltype(Bytes(1) / BytesPerSecond(1)), Seconds>);
static_assert(std::is_same_v<decltype(Joules(1) / Seconds(1)), Watts>);
static_assert(std::is_same_v<decltype(Watts(1) / TokensPerSecond(1)), JoulesPerToken>);
static_assert(std::is_same_v<decltype(1.0 / Seconds(1)), Hertz>);
static_assert(std::is_same_v<decltype(Bytes(1) / Bytes(1)), double>);
static_assert(std::is_same_v<decltype(Seconds(1) * Hertz(1)), double>);

// ---- Reading
// ---------------------------------------------------------------------------------------------------

TEST_CASE("quantities are read as people write them", "[base]") {
  check_valid<BytesPerSecond>({{"3.35 TB/s", 3.35e12},
                               {"3.35TB/s", 3.35e12},
                               {"  400 GB/s ", 400e9},
                               {"5 Gbit/s", 625e6},  // 5e9 bit / 8
                               {"1 GiB/s", 1073741824.0},
                               {"8 bit/s", 1.0},
                               {"0.5 B/s", 0.5},
                               {"-2 kB/s", -2000.0},
                               {"1e3 MB/s", 1e9},
                               {"1.5E-3 GB/s", 1.5e6},
                               {"2e+1 B/s", 20.0}});
  check_valid<Bytes>({{"48 GiB", 51539607552.0},  // 48 x 2^30
                      {"141 GB", 141e9},
                      {"0 B", 0.0},
                      {"0.1 PB", 1e14},
                      {"1 KiB", 1024.0},
                      {"1 kB", 1000.0}});
  check_valid<Seconds>({{"1.6 us", 1.6e-6},
                        {"1.6 \u00B5s", 1.6e-6},
                        {"1.6 \u03BCs", 1.6e-6},
                        {"2.5 ms", 2.5e-3},
                        {"300 ns", 300e-9},
                        {"2 min", 120.0},
                        {"1.5 h", 5400.0},
                        {"1 d", 86400.0}});
  check_valid<Hertz>({{"2.5 GHz", 2.5e9}, {"60 Hz", 60.0}, {"3 1/s", 3.0}});
  check_valid<FlopPerSecond>({{"165.2 TFLOP/s", 165.2e12}, {"1.979 PFLOP/s", 1.979e15}});
  check_valid<Flop>({{"2 GFLOP", 2e9}});
  check_valid<Watts>({{"17 W", 17.0}, {"0.7 kW", 700.0}, {"250 mW", 0.25}});
  check_valid<Joules>({{"1 kWh", 3.6e6}, {"15 pJ", 15e-12}});
  check_valid<TokensPerSecond>({{"54 token/s", 54.0}, {"54 tok/s", 54.0}, {"54 tokens/s", 54.0}});
  check_valid<JoulesPerToken>({{"0.35 J/token", 0.35}, {"350 mJ/token", 0.35}});
  check_valid<Dollars>({{"$1,999", 1999.0},
                        {"1999 USD", 1999.0},
                        {"1,999.50 USD", 1999.5},
                        {"$0.42", 0.42},
                        {"-$5", -5.0},
                        {"$1,234,567", 1234567.0}});
  check_valid<DollarsPerSecond>({{"3600 USD/h", 1.0}});
  check_valid<DollarsPerToken>({{"0.6 USD/Mtok", 0.6e-6}});
  check_valid<DollarsPerJoule>({{"3.6 USD/kWh", 1e-6}});
}

TEST_CASE("prices print in the unit they are quoted in", "[base]") {
  CHECK(print(*parse_quantity<DollarsPerSecond>("2.7 USD/h")) == "2.7 USD/h");
  CHECK(print(*parse_quantity<DollarsPerToken>("0.0028 USD/Mtok")) == "0.0028 USD/Mtok");
  CHECK(print(*parse_quantity<DollarsPerJoule>("0.1872 USD/kWh"), 6) == "0.1872 USD/kWh");
}

TEST_CASE("what is no quantity of the dimension is refused", "[base]") {
  check_invalid<BytesPerSecond>(
      {"",           " ",           "3.35",      "TB/s",       "3.35 TB",
       "3,35 TB/s",  "3.35 tb/s",   "3.35 GBps", "3.35 KB/s",  "1 2 GB/s",
       "0x10 GB/s",  "inf GB/s",    "nan GB/s",  ".5 GB/s",    "5. GB/s",
       "+5 GB/s",    "--5 GB/s",    "1e GB/s",   "1e400 GB/s", "1e999999999999 B/s",
       "1e308 TB/s", "3.35 TB/s x", "$5",        "5 GB /s",    "\xFF GB/s"});
  check_invalid<Bytes>({"48", "48 Gib", "48 GB/s", "48 gb", "1,000 B", "48 G"});
  check_invalid<Dollars>({"1999", "$", "$ 5", "1,99 USD", "$1999,99", "$1,9999", "$,999", "$5 USD",
                          "5 EUR", "$-5", "$1,", "$5.", "$1e400"});
  check_invalid<Seconds>({"5", "5 sec", "5 m", "5 S"});
}

TEST_CASE("bare numbers are read strictly", "[base]") {
  CHECK(parse_number("3.25") == 3.25);
  CHECK(parse_number("-1e3") == -1000.0);
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("-42") == -42);
  CHECK(parse_integer("9223372036854775807") == std::numeric_limits<long long>::max());
  for (const auto* text :
       {"", "-", "nan", ".nan", "inf", "-inf", "1,5", "1 ", " 1", "0x1", "1e400", "1.", ".5"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number(text).has_value());
  }
  for (const auto* text :
       {"", "-", "010", "1e3", "1.0", "0x10", "9223372036854775808", "+1", "1_000"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_integer(text).has_value());
  }
}

// ---- Printing
// --------------------------------------------------------------------------------------------------

TEST_CASE("printing picks the prefix that leaves 1 to 999 and drops trailing zeros", "[base]") {
  CHECK(print(BytesPerSecond(3.35e12)) == "3.35 TB/s");
  CHECK(print(Bytes(999.6e9)) == "1 TB");  // rounds to 1000 GB first
  CHECK(print(Bytes(0)) == "0 B");
  CHECK(print(Bytes(-2.5e9)) == "-2.5 GB");
  CHECK(print(Seconds(1.987e-3)) == "1.99 ms");
  CHECK(print(Seconds(12345)) == "12300 s");
  CHECK(print(Seconds(1e-12)) == "0.001 ns");
  CHECK(print(FlopPerSecond(165.2e12), 4) == "165.2 TFLOP/s");
  CHECK(print(TokensPerSecond(1190.4)) == "1190 token/s");
  CHECK(print(Dollars(1999), 4) == "$1,999");
  CHECK(print(Dollars(1234567), 7) == "$1,234,567");
  CHECK(print(Dollars(-0.25)) == "-$0.25");
  CHECK(print(Dollars(100), 4) == "$100");
  CHECK(print_binary(Bytes(282e9)) == "263 GiB");  // 282e9 / 2^30 = 262.63
  CHECK(print_binary(Bytes(48.0 * 1073741824.0)) == "48 GiB");
  CHECK(print_exact(BytesPerSecond(3.35e12)) == "3.35 TB/s");
  CHECK(print_exact(Dollars(1999)) == "1999 USD");
}

TEST_CASE("numbers print without an exponent from 1e-4 to 1e15", "[base]") {
  CHECK(print_number(0.0001) == "0.0001");
  CHECK(print_number(0.00001234) == "1.23e-5");
  CHECK(print_number(12345.0) == "12300");
  CHECK(print_number(12345.0, 5) == "12345");
  CHECK(print_number(1e15) == "1000000000000000");
  CHECK(print_number(1e20) == "1e20");
  CHECK(print_number(-0.0) == "0");
  CHECK(print_number(2.0 / 3.0, 2) == "0.67");
  CHECK(print_number(9.999) == "10");
}

template <class Q>
void check_round_trip() {
  rc::prop("parse(print_exact(q)) == q", [] {
    // Any finite bit pattern, so that subnormals and the largest values come up as well.
    const auto bits = *rc::gen::arbitrary<std::uint64_t>();
    double value = 0.0;
    static_assert(sizeof value == sizeof bits);
    std::memcpy(&value, &bits, sizeof value);
    RC_PRE(std::isfinite(value));
    const auto read = parse_quantity<Q>(print_exact(Q(value)));
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->base() == value);
  });
}

TEST_CASE("exact printing reads back to the same value", "[base]") {
  check_round_trip<Seconds>();
  check_round_trip<Hertz>();
  check_round_trip<Bytes>();
  check_round_trip<Flop>();
  check_round_trip<Joules>();
  check_round_trip<Dollars>();
  check_round_trip<BytesPerSecond>();
  check_round_trip<FlopPerSecond>();
  check_round_trip<Watts>();
  check_round_trip<TokensPerSecond>();
  check_round_trip<JoulesPerToken>();
}

TEST_CASE("every accepted unit reads back after a number", "[base]") {
  rc::prop("human printing keeps three digits", [] {
    const double value = std::exp(*rc::gen::inRange(-20, 35));
    const auto read = parse_quantity<BytesPerSecond>(print(BytesPerSecond(value)));
    RC_ASSERT(read.has_value());
    RC_ASSERT(std::fabs(read->base() / value - 1.0) <= 0.005);  // half of the third digit of 1.00
  });
}

// ---- Locales
// ---------------------------------------------------------------------------------------------------

struct CommaPunctuation : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

// The C++ locale always turns to commas; the C locale too where a German one is installed.
class CommaLocale {
 public:
  CommaLocale() : before_(std::locale::global(std::locale(std::locale(), new CommaPunctuation))) {
    for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8"}) {
      if (std::setlocale(LC_ALL, name)) break;
    }
  }
  ~CommaLocale() {
    std::locale::global(before_);
    std::setlocale(LC_ALL, "C");
  }

 private:
  std::locale before_;
};

TEST_CASE("reading and printing do not care for the locale", "[base]") {
  const CommaLocale german;
  CHECK(parse_quantity<BytesPerSecond>("3.35 TB/s") == BytesPerSecond(3.35e12));
  CHECK_FALSE(parse_quantity<BytesPerSecond>("3,35 TB/s").has_value());
  CHECK(print(BytesPerSecond(3.35e12)) == "3.35 TB/s");
  CHECK(print(Dollars(1234.5), 5) == "$1,234.5");
  CHECK(print_exact(Seconds(0.0025)) == "2.5 ms");
  CHECK(print_number(12345.678, 8) == "12345.678");
  CHECK(parse_number("3.35") == 3.35);
}

}  // namespace
}  // namespace plimsoll
