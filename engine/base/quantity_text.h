// Quantities as people write them: "3.35 TB/s", "48 GiB", "5 Gbit/s", "165.2 TFLOP/s", "2.5 ms",
// "$1,999".
//
// Decimal and binary prefixes are different words (GB is 1e9 bytes, GiB 2^30), bits differ from
// bytes, and a bare number is no quantity. Reading and printing use '.' in every locale. Printing
// is exact enough to read back: parse(print_exact(q)) == q.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/quantity.h"

namespace plimsoll {

// Each returns nothing when the text is not one finite number followed by a unit of that dimension.
// Bandwidth reads B/s, kB/s … TB/s, KiB/s … TiB/s, bit/s, kbit/s … Tbit/s. Prices read USD/h,
// USD/Mtok and USD/kWh.
template <class Q>
std::optional<Q> parse_quantity(std::string_view text);

// The units a dimension accepts, for messages: "B/s, kB/s, …".
template <class Q>
std::string_view accepted_units();

// Human form with `digits` significant digits and a fitting decimal prefix: "3.35 TB/s", "1.99 ms".
template <class Q>
std::string print(Q quantity, int digits = 3);

// Shortest text that reads back to the very same value. Not for prices per hour, token and energy.
template <class Q>
std::string print_exact(Q quantity);

// Binary form of a byte count: "262 GiB".
std::string print_binary(Bytes bytes, int digits = 3);

// A number with `digits` significant digits, no exponent for 1e-4 … 1e15, '.' in every locale.
std::string print_number(double value, int digits = 3);

// One finite decimal number and nothing else; no sign of infinity or NaN, no locale.
std::optional<double> parse_number(std::string_view text);
std::optional<long long> parse_integer(std::string_view text);

extern template std::optional<Seconds> parse_quantity<Seconds>(std::string_view);
extern template std::optional<Hertz> parse_quantity<Hertz>(std::string_view);
extern template std::optional<Bytes> parse_quantity<Bytes>(std::string_view);
extern template std::optional<Watts> parse_quantity<Watts>(std::string_view);
extern template std::optional<Dollars> parse_quantity<Dollars>(std::string_view);
extern template std::optional<BytesPerSecond> parse_quantity<BytesPerSecond>(std::string_view);
extern template std::optional<FlopPerSecond> parse_quantity<FlopPerSecond>(std::string_view);

}  // namespace plimsoll
