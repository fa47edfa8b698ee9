// Dimension-safe quantities: a double tagged with exponents of the base dimensions.
//
// All values are in SI base units inside the program (seconds, bytes, FLOP, tokens, joules, US
// dollars); only readers and printers convert. Products and quotients get their dimension computed,
// a ratio of equals is a plain double, and a bare number where a quantity is due does not compile.
#pragma once

#include <compare>

namespace plimsoll {

template <int Time, int Data, int Work, int Token, int Energy, int Money>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double base_units) : value_(base_units) {}

  // The value in SI base units.
  constexpr double base() const { return value_; }

  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    value_ -= other.value_;
    return *this;
  }
  constexpr Quantity& operator*=(double factor) {
    value_ *= factor;
    return *this;
  }
  constexpr Quantity& operator/=(double divisor) {
    value_ /= divisor;
    return *this;
  }

  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.value_ + b.value_);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.value_ - b.value_);
  }
  friend constexpr Quantity operator-(Quantity a) { return Quantity(-a.value_); }
  friend constexpr Quantity operator*(Quantity a, double f) { return Quantity(a.value_ * f); }
  friend constexpr Quantity operator*(double f, Quantity a) { return Quantity(a.value_ * f); }
  friend constexpr Quantity operator/(Quantity a, double d) { return Quantity(a.value_ / d); }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

 private:
  double value_ = 0.0;
};

namespace detail {
template <int T, int D, int W, int K, int E, int M>
struct Simplified {
  using type = Quantity<T, D, W, K, E, M>;
  static constexpr type make(double v) { return type(v); }
};
template <>
struct Simplified<0, 0, 0, 0, 0, 0> {
  using type = double;
  static constexpr double make(double v) { return v; }
};
}  // namespace detail

template <int T1, int D1, int W1, int K1, int E1, int M1, int T2, int D2, int W2, int K2, int E2,
          int M2>
constexpr auto operator*(Quantity<T1, D1, W1, K1, E1, M1> a, Quantity<T2, D2, W2, K2, E2, M2> b) {
  return detail::Simplified<T1 + T2, D1 + D2, W1 + W2, K1 + K2, E1 + E2, M1 + M2>::make(a.base() *
                                                                                        b.base());
}

template <int T1, int D1, int W1, int K1, int E1, int M1, int T2, int D2, int W2, int K2, int E2,
          int M2>
constexpr auto operator/(Quantity<T1, D1, W1, K1, E1, M1> a, Quantity<T2, D2, W2, K2, E2, M2> b) {
  return detail::Simplified<T1 - T2, D1 - D2, W1 - W2, K1 - K2, E1 - E2, M1 - M2>::make(a.base() /
                                                                                        b.base());
}

template <int T, int D, int W, int K, int E, int M>
constexpr auto operator/(double a, Quantity<T, D, W, K, E, M> b) {
  return Quantity<-T, -D, -W, -K, -E, -M>(a / b.base());
}

using Seconds = Quantity<1, 0, 0, 0, 0, 0>;
using Hertz = Quantity<-1, 0, 0, 0, 0, 0>;
using Bytes = Quantity<0, 1, 0, 0, 0, 0>;
using Flop = Quantity<0, 0, 1, 0, 0, 0>;
using Tokens = Quantity<0, 0, 0, 1, 0, 0>;
using Joules = Quantity<0, 0, 0, 0, 1, 0>;
using Dollars = Quantity<0, 0, 0, 0, 0, 1>;
using BytesPerSecond = Quantity<-1, 1, 0, 0, 0, 0>;
using FlopPerSecond = Quantity<-1, 0, 1, 0, 0, 0>;
using FlopPerByte = Quantity<0, -1, 1, 0, 0, 0>;
using TokensPerSecond = Quantity<-1, 0, 0, 1, 0, 0>;
using Watts = Quantity<-1, 0, 0, 0, 1, 0>;
using JoulesPerToken = Quantity<0, 0, 0, -1, 1, 0>;
using DollarsPerSecond = Quantity<-1, 0, 0, 0, 0, 1>;
using DollarsPerToken = Quantity<0, 0, 0, -1, 0, 1>;
using DollarsPerJoule = Quantity<0, 0, 0, 0, -1, 1>;

}  // namespace plimsoll
