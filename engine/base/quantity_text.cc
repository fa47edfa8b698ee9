#include "base/quantity_text.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <span>
#include <system_error>
#include <type_traits>

#include "base/text.h"

namespace plimsoll {
namespace {

// A unit is decimal_exponent powers of ten times `factor` base units. Powers of ten are shifted in
// the decimal text, not multiplied, so that "3.35 TB/s" is the double nearest to 3.35e12.
struct Unit {
  std::string_view spelling;
  int decimal_exponent = 0;
  double factor = 1.0;
  bool printed =
      false;  // print() chooses among these; they are in ascending order and have one factor
};

constexpr bool printed = true;

template <class Q>
struct Dimension;

template <>
struct Dimension<Seconds> {
  static constexpr std::string_view accepted = "ns, us, ms, s, min, h, d";
  static constexpr Unit units[] = {{"ns", -9, 1.0, printed},
                                   {"us", -6, 1.0, printed},
                                   {"ms", -3, 1.0, printed},
                                   {"s", 0, 1.0, printed},
                                   {"µs", -6},  // U+00B5 micro sign
                                   {"μs", -6},  // U+03BC Greek mu
                                   {"min", 0, 60.0},
                                   {"h", 0, 3600.0},
                                   {"d", 0, 86400.0}};
};
template <>
struct Dimension<Hertz> {
  static constexpr std::string_view accepted = "Hz, kHz, MHz, GHz, 1/s";
  static constexpr Unit units[] = {{"Hz", 0, 1.0, printed},
                                   {"kHz", 3, 1.0, printed},
                                   {"MHz", 6, 1.0, printed},
                                   {"GHz", 9, 1.0, printed},
                                   {"1/s", 0}};
};
template <>
struct Dimension<Bytes> {
  static constexpr std::string_view accepted = "B, kB, MB, GB, TB, PB, KiB, MiB, GiB, TiB, PiB";
  static constexpr Unit units[] = {
      {"B", 0, 1.0, printed},  {"kB", 3, 1.0, printed},  {"MB", 6, 1.0, printed},
      {"GB", 9, 1.0, printed}, {"TB", 12, 1.0, printed}, {"PB", 15, 1.0, printed},
      {"KiB", 0, 0x1p10},      {"MiB", 0, 0x1p20},       {"GiB", 0, 0x1p30},
      {"TiB", 0, 0x1p40},      {"PiB", 0, 0x1p50}};
};
template <>
struct Dimension<Flop> {
  static constexpr std::string_view accepted = "FLOP, kFLOP, MFLOP, GFLOP, TFLOP, PFLOP, EFLOP";
  static constexpr Unit units[] = {{"FLOP", 0, 1.0, printed},   {"kFLOP", 3, 1.0, printed},
                                   {"MFLOP", 6, 1.0, printed},  {"GFLOP", 9, 1.0, printed},
                                   {"TFLOP", 12, 1.0, printed}, {"PFLOP", 15, 1.0, printed},
                                   {"EFLOP", 18, 1.0, printed}};
};
template <>
struct Dimension<Tokens> {
  static constexpr std::string_view accepted = "token, tokens, tok";
  static constexpr Unit units[] = {{"token", 0, 1.0, printed}, {"tokens"}, {"tok"}};
};
template <>
struct Dimension<Joules> {
  static constexpr std::string_view accepted = "pJ, nJ, uJ, mJ, J, kJ, MJ, Wh, kWh, MWh";
  static constexpr Unit units[] = {{"pJ", -12, 1.0, printed},
                                   {"nJ", -9, 1.0, printed},
                                   {"uJ", -6, 1.0, printed},
                                   {"mJ", -3, 1.0, printed},
                                   {"J", 0, 1.0, printed},
                                   {"kJ", 3, 1.0, printed},
                                   {"MJ", 6, 1.0, printed},
                                   {"µJ", -6},
                                   {"μJ", -6},
                                   {"Wh", 0, 3600.0},
                                   {"kWh", 3, 3600.0},
                                   {"MWh", 6, 3600.0}};
};
template <>
struct Dimension<Dollars> {
  static constexpr std::string_view accepted = "$ before the number or USD behind it";
  static constexpr Unit units[] = {{"USD", 0, 1.0, printed}};
};
template <>
struct Dimension<BytesPerSecond> {
  static constexpr std::string_view accepted =
      "B/s, kB/s, MB/s, GB/s, TB/s, PB/s, KiB/s, MiB/s, GiB/s, TiB/s, bit/s, kbit/s, Mbit/s, "
      "Gbit/s, Tbit/s";
  static constexpr Unit units[] = {
      {"B/s", 0, 1.0, printed},  {"kB/s", 3, 1.0, printed},  {"MB/s", 6, 1.0, printed},
      {"GB/s", 9, 1.0, printed}, {"TB/s", 12, 1.0, printed}, {"PB/s", 15, 1.0, printed},
      {"KiB/s", 0, 0x1p10},      {"MiB/s", 0, 0x1p20},       {"GiB/s", 0, 0x1p30},
      {"TiB/s", 0, 0x1p40},      {"bit/s", 0, 0.125},        {"kbit/s", 3, 0.125},
      {"Mbit/s", 6, 0.125},      {"Gbit/s", 9, 0.125},       {"Tbit/s", 12, 0.125}};
};
template <>
struct Dimension<FlopPerSecond> {
  static constexpr std::string_view accepted =
      "FLOP/s, kFLOP/s, MFLOP/s, GFLOP/s, TFLOP/s, PFLOP/s, EFLOP/s";
  static constexpr Unit units[] = {{"FLOP/s", 0, 1.0, printed},   {"kFLOP/s", 3, 1.0, printed},
                                   {"MFLOP/s", 6, 1.0, printed},  {"GFLOP/s", 9, 1.0, printed},
                                   {"TFLOP/s", 12, 1.0, printed}, {"PFLOP/s", 15, 1.0, printed},
                                   {"EFLOP/s", 18, 1.0, printed}};
};
template <>
struct Dimension<FlopPerByte> {
  static constexpr std::string_view accepted = "FLOP/B";
  static constexpr Unit units[] = {{"FLOP/B", 0, 1.0, printed}};
};
template <>
struct Dimension<Watts> {
  static constexpr std::string_view accepted = "mW, W, kW, MW";
  static constexpr Unit units[] = {{"mW", -3, 1.0, printed},
                                   {"W", 0, 1.0, printed},
                                   {"kW", 3, 1.0, printed},
                                   {"MW", 6, 1.0, printed}};
};
template <>
struct Dimension<TokensPerSecond> {
  static constexpr std::string_view accepted = "token/s, tokens/s, tok/s";
  static constexpr Unit units[] = {{"token/s", 0, 1.0, printed}, {"tokens/s"}, {"tok/s"}};
};
template <>
struct Dimension<JoulesPerToken> {
  static constexpr std::string_view accepted = "uJ/token, mJ/token, J/token, kJ/token, J/tok";
  static constexpr Unit units[] = {{"uJ/token", -6, 1.0, printed},
                                   {"mJ/token", -3, 1.0, printed},
                                   {"J/token", 0, 1.0, printed},
                                   {"kJ/token", 3, 1.0, printed},
                                   {"J/tok", 0}};
};
template <>
struct Dimension<DollarsPerSecond> {
  static constexpr std::string_view accepted = "USD/h";
  static constexpr Unit units[] = {{"USD/h", 0, 1.0 / 3600.0, printed}};
};
template <>
struct Dimension<DollarsPerToken> {
  static constexpr std::string_view accepted = "USD/Mtok";
  static constexpr Unit units[] = {{"USD/Mtok", -6, 1.0, printed}};
};
template <>
struct Dimension<DollarsPerJoule> {
  static constexpr std::string_view accepted = "USD/kWh";
  static constexpr Unit units[] = {{"USD/kWh", 0, 1.0 / 3.6e6, printed}};
};

// ---- Reading
// -------------------------------------------------------------------------------------------------

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::size_t count_digits(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  return n;
}

// The longest beginning of `text` of the form -digits[.digits][e[+-]digits], split before the 'e'.
struct NumberText {
  std::string_view mantissa;
  std::string_view exponent;  // without the 'e'
  std::string_view rest;
};

std::optional<NumberText> split_number(std::string_view text) {
  std::size_t end = !text.empty() && text[0] == '-' ? 1 : 0;
  const std::size_t whole = count_digits(text.substr(end));
  if (whole == 0) return std::nullopt;
  end += whole;
  if (end < text.size() && text[end] == '.') {
    const std::size_t fraction = count_digits(text.substr(end + 1));
    if (fraction == 0) return std::nullopt;
    end += 1 + fraction;
  }
  NumberText number{.mantissa = text.substr(0, end), .exponent = {}, .rest = text.substr(end)};
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    const std::size_t sign =
        end + 1 < text.size() && (text[end + 1] == '-' || text[end + 1] == '+') ? 1 : 0;
    const std::size_t digits = count_digits(text.substr(end + 1 + sign));
    if (digits > 0) {
      number.exponent = text.substr(end + 1, sign + digits);
      number.rest = text.substr(end + 1 + sign + digits);
    }
  }
  return number;
}

// from_chars knows no '+'.
std::optional<int> read_exponent(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] == '+') text.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return exponent;
}

// The double nearest to mantissa x 10^(exponent + shift).
std::optional<double> read_shifted(const NumberText& number, int shift) {
  const std::optional<int> exponent = read_exponent(number.exponent);
  if (!exponent || std::abs(static_cast<long long>(*exponent)) > 10000) return std::nullopt;
  const std::string text = std::string(number.mantissa) + "e" + std::to_string(*exponent + shift);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "1,999.50" becomes "1999.50"; nothing when the commas do not stand every three digits of the
// whole part.
std::optional<std::string> without_thousands_commas(std::string_view text) {
  if (text.find(',') == std::string_view::npos) return std::string(text);
  std::string plain;
  std::size_t i = !text.empty() && text[0] == '-' ? 1 : 0;
  plain += text.substr(0, i);
  std::size_t group = count_digits(text.substr(i));
  if (group < 1 || group > 3) return std::nullopt;
  while (true) {
    plain += text.substr(i, group);
    i += group;
    if (i >= text.size() || text[i] != ',') break;
    group = count_digits(text.substr(++i));
    if (group != 3) return std::nullopt;
  }
  return plain + std::string(text.substr(i));
}

std::optional<double> parse_with_units(std::string_view text, std::span<const Unit> units) {
  const std::optional<NumberText> number = split_number(text);
  if (!number) return std::nullopt;
  const std::string_view spelling = without_spaces(number->rest);
  for (const Unit& unit : units) {
    if (unit.spelling != spelling) continue;
    const std::optional<double> value = read_shifted(*number, unit.decimal_exponent);
    if (!value || !std::isfinite(*value * unit.factor)) return std::nullopt;
    return *value * unit.factor;
  }
  return std::nullopt;
}

// "$1,999", "-$5", "1999 USD".
std::optional<double> parse_dollars(std::string_view text) {
  const bool negative = text.starts_with("-$");
  std::string amount;
  if (negative || text.starts_with('$')) {
    const std::string_view digits = text.substr(negative ? 2 : 1);
    if (digits.empty() || !is_digit(digits[0]) || !is_digit(digits.back())) return std::nullopt;
    amount = (negative ? "-" : "") + std::string(digits) + " USD";
  } else {
    amount = text;
  }
  const std::optional<std::string> plain = without_thousands_commas(amount);
  return plain ? parse_with_units(*plain, Dimension<Dollars>::units) : std::nullopt;
}

// ---- Printing
// ------------------------------------------------------------------------------------------------

// The value is 0.DIGITS x 10^point, or zero when there are no digits. Trailing zeros are dropped.
struct Decimal {
  bool negative = false;
  std::string digits;
  int point = 0;
};

constexpr int shortest_exact = 0;

Decimal decompose(double value, int significant) {
  std::array<char, 64> buffer;
  const double magnitude = std::fabs(value);
  char* const first = buffer.data();
  char* const last = first + buffer.size();
  const auto [end, error] =
      significant == shortest_exact
          ? std::to_chars(first, last, magnitude, std::chars_format::scientific)
          : std::to_chars(first, last, magnitude, std::chars_format::scientific,
                          std::min(significant, 40) - 1);
  (void)error;  // 64 characters are always enough
  const std::string_view text(first, static_cast<std::size_t>(end - first));
  const std::size_t e = text.find('e');
  Decimal decimal{.negative = std::signbit(value), .digits = {}, .point = 0};
  for (const char c : text.substr(0, e)) {
    if (is_digit(c)) decimal.digits += c;
  }
  decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
  decimal.point = read_exponent(text.substr(e + 1)).value_or(0) + 1;
  if (decimal.digits.empty()) return {};
  return decimal;
}

// Plain notation for 1e-4 … 1e15, otherwise with an exponent.
std::string lay_out(const Decimal& decimal, int point) {
  if (decimal.digits.empty()) return "0";
  const std::string sign = decimal.negative ? "-" : "";
  const std::string& digits = decimal.digits;
  const int count = static_cast<int>(digits.size());
  if (point < -3 || point > 16) {
    const std::string fraction = count > 1 ? "." + digits.substr(1) : "";
    return sign + digits.substr(0, 1) + fraction + "e" + std::to_string(point - 1);
  }
  if (point <= 0) return sign + "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  if (point >= count)
    return sign + digits + std::string(static_cast<std::size_t>(point - count), '0');
  const auto whole = static_cast<std::size_t>(point);
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

// The largest printed unit that leaves at least 1 before the point, else the smallest one.
const Unit& fitting_unit(const Decimal& decimal, std::span<const Unit> units) {
  const Unit* fitting = nullptr;
  const Unit* base = nullptr;
  for (const Unit& unit : units) {
    if (!unit.printed) continue;
    if (unit.decimal_exponent == 0) base = &unit;
    if (!fitting || decimal.point - unit.decimal_exponent >= 1) fitting = &unit;
  }
  assert(fitting && "every dimension has a printed unit");
  return decimal.digits.empty() && base ? *base : *fitting;
}

std::string print_with_unit(double value, int significant, std::span<const Unit> units) {
  const Decimal decimal = decompose(value, significant);
  const Unit& unit = fitting_unit(decimal, units);
  return lay_out(decimal, decimal.point - unit.decimal_exponent) + " " + std::string(unit.spelling);
}

// "$1,999", "-$0.25".
std::string print_dollars(double value, int significant) {
  const Decimal decimal = decompose(value, significant);
  std::string text = lay_out(decimal, decimal.point);
  const bool negative = text.starts_with('-');
  if (negative) text.erase(0, 1);
  if (text.find('e') == std::string::npos) {
    const std::size_t whole = std::min(text.find('.'), text.size());
    for (std::size_t i = whole; i > 3; i -= 3) text.insert(i - 3, ",");
  }
  return (negative ? "-$" : "$") + text;
}

// The factor that all printed units of a dimension share.
double printed_factor(std::span<const Unit> units) {
  const auto first =
      std::find_if(units.begin(), units.end(), [](const Unit& u) { return u.printed; });
  assert(first != units.end() && "every dimension has a printed unit");
  return first->factor;
}

std::string print_not_finite(double value) {
  if (std::isnan(value)) return "nan";
  return value < 0 ? "-inf" : "inf";
}

}  // namespace

template <class Q>
std::optional<Q> parse_quantity(std::string_view text) {
  std::optional<double> base;
  if constexpr (std::is_same_v<Q, Dollars>) {
    base = parse_dollars(without_spaces(text));
  } else {
    base = parse_with_units(without_spaces(text), Dimension<Q>::units);
  }
  return base ? std::optional(Q(*base)) : std::nullopt;
}

template <class Q>
std::string_view accepted_units() {
  return Dimension<Q>::accepted;
}

template <class Q>
std::string print(Q quantity, int digits) {
  if (!std::isfinite(quantity.base())) return print_not_finite(quantity.base());
  const int significant = std::max(1, digits);
  if constexpr (std::is_same_v<Q, Dollars>) return print_dollars(quantity.base(), significant);
  const auto& units = Dimension<Q>::units;
  return print_with_unit(quantity.base() / printed_factor(units), significant, units);
}

template <class Q>
std::string print_exact(Q quantity) {
  if (!std::isfinite(quantity.base())) return print_not_finite(quantity.base());
  return print_with_unit(quantity.base(), shortest_exact, Dimension<Q>::units);
}

std::string print_binary(Bytes bytes, int digits) {
  static constexpr std::array<std::string_view, 6> units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  if (!std::isfinite(bytes.base())) return print_not_finite(bytes.base());
  double value = bytes.base();
  std::size_t unit = 0;
  while (std::fabs(value) >= 1024.0 && unit + 1 < units.size()) {
    value /= 1024.0;
    ++unit;
  }
  return print_number(value, digits) + " " + std::string(units[unit]);
}

std::string print_number(double value, int digits) {
  if (!std::isfinite(value)) return print_not_finite(value);
  const Decimal decimal = decompose(value, std::max(1, digits));
  return lay_out(decimal, decimal.point);
}

std::optional<double> parse_number(std::string_view text) {
  const std::optional<NumberText> number = split_number(text);
  if (!number || !number->rest.empty()) return std::nullopt;
  return read_shifted(*number, 0);
}

std::optional<long long> parse_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const bool octal_looking = digits.size() > 1 && digits[0] == '0';
  if (digits.empty() || octal_looking || count_digits(digits) != digits.size()) return std::nullopt;
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

#define PLIMSOLL_INSTANTIATE(Q)                                  \
  template std::optional<Q> parse_quantity<Q>(std::string_view); \
  template std::string_view accepted_units<Q>();                 \
  template std::string print<Q>(Q, int);                         \
  template std::string print_exact<Q>(Q);

PLIMSOLL_INSTANTIATE(Seconds)
PLIMSOLL_INSTANTIATE(Hertz)
PLIMSOLL_INSTANTIATE(Bytes)
PLIMSOLL_INSTANTIATE(Flop)
PLIMSOLL_INSTANTIATE(Tokens)
PLIMSOLL_INSTANTIATE(Joules)
PLIMSOLL_INSTANTIATE(Dollars)
PLIMSOLL_INSTANTIATE(BytesPerSecond)
PLIMSOLL_INSTANTIATE(FlopPerSecond)
PLIMSOLL_INSTANTIATE(FlopPerByte)
PLIMSOLL_INSTANTIATE(Watts)
PLIMSOLL_INSTANTIATE(TokensPerSecond)
PLIMSOLL_INSTANTIATE(JoulesPerToken)
#undef PLIMSOLL_INSTANTIATE

// Prices by the hour and by the kilowatt-hour are no whole powers of ten of their base units, so
// that no text reads back exactly.
#define PLIMSOLL_INSTANTIATE_PRICE(Q)                            \
  template std::optional<Q> parse_quantity<Q>(std::string_view); \
  template std::string_view accepted_units<Q>();                 \
  template std::string print<Q>(Q, int);

PLIMSOLL_INSTANTIATE_PRICE(DollarsPerSecond)
PLIMSOLL_INSTANTIATE_PRICE(DollarsPerToken)
PLIMSOLL_INSTANTIATE_PRICE(DollarsPerJoule)
#undef PLIMSOLL_INSTANTIATE_PRICE

}  // namespace plimsoll
