// Heat of a machine without much cooling: chip and case as two nodes, and the governor that holds
// them.
//
//   C1 dT1/dt = P - (T1 - T2) / R12
//   C2 dT2/dt = (T1 - T2) / R12 - (T2 - Ta) / R2
//
// The solution between changes of P is exact (two exponentials), so the step does not matter.
//
// The governor allows, at any time, the power at which neither node would be above its limit
// `governor_horizon` later if that power were drawn from now on, at most the peak. That is
// proportional control of the distance to the limit with the free response fed forward, as
// Linux's power allocator does it ("power_allocator" of the thermal framework: sustainable power
// plus gain times distance); what Apple's does is not published. It falls smoothly towards the
// sustained power, has no hysteresis and no memory besides the two temperatures. The power allowed
// decides the clock: speed is a power of the share of dynamic power.
#pragma once

#include <array>

#include "base/quantity.h"

namespace plimsoll {

struct ThermalNode {
  double capacity = 0.0;    // J/K
  double resistance = 0.0;  // K/W, towards the next node (chip to case, case to air)
  double limit = 0.0;       // degrees C
};

struct ThermalSpecification {
  ThermalNode chip;
  ThermalNode body;         // case
  double ambient = 25.0;    // degrees C
  double peak_power = 0.0;  // W that the chip draws at full speed
  double idle_power = 0.0;  // W
  // speed = (power above idle / peak power above idle)^speed_exponent; dynamic power grows with
  // frequency and the square of voltage, so between 1/3 and 1.
  double speed_exponent = 0.5;
};

// How far the governor looks ahead. Longer is earlier and softer; what is sustained does not depend
// on it. A minute is short against the case (ten) and long against the chip (seconds).
inline constexpr Seconds governor_horizon{60.0};
// A chip does not run slower than its lowest clock: an Apple GPU idles at 338 MHz of 1.58 GHz
// (source COLM of hwdb/sources.yaml).
inline constexpr double lowest_speed = 0.2;

class ThermalModel {
 public:
  // Starts at the ambient temperature. Throws std::invalid_argument for a capacity, resistance,
  // peak power or exponent <= 0, limits not above ambient, idle power < 0 or not below the peak.
  explicit ThermalModel(const ThermalSpecification& specification);

  // `time` (>= 0) passes at that power (>= 0), else std::invalid_argument; returns the energy in J.
  double advance(Seconds time, double power);
  // Share of full speed that the governor allows now, [lowest_speed, 1].
  double speed() const;
  // W that the governor allows now, [0, peak_power].
  double allowed_power() const;
  // W that the chip draws at `speed` when it computes that share (0 to 1) of the time.
  double power(double speed, double busy) const;
  double chip_temperature() const;
  double body_temperature() const;
  // Power that can be drawn for ever: the least that a limit allows, at most the peak.
  double sustained_power() const;

 private:
  using Pair = std::array<double, 2>;  // chip, body
  using Matrix = std::array<Pair, 2>;

  Matrix decay(Seconds time) const;
  Pair steady_rise(double power) const;
  Pair rise_after(const Matrix& decay, double power) const;

  ThermalSpecification specification_;
  double fast_ = 0.0;  // rates of decay, 1/s
  double slow_ = 0.0;
  Matrix towards_ahead_{};  // decay over governor_horizon
  Pair rise_{};             // K above ambient
};

}  // namespace plimsoll
