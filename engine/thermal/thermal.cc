#include "thermal/thermal.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace plimsoll {

namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

void check(const ThermalSpecification& specification) {
  for (const ThermalNode* node : {&specification.chip, &specification.body}) {
    require(node->capacity > 0.0, "ThermalModel: a capacity is not positive");
    require(node->resistance > 0.0, "ThermalModel: a resistance is not positive");
    require(node->limit > specification.ambient, "ThermalModel: a limit is not above ambient");
  }
  require(specification.idle_power >= 0.0, "ThermalModel: the idle power is negative");
  require(specification.peak_power > specification.idle_power,
          "ThermalModel: the peak is not above the idle power");
  require(specification.speed_exponent > 0.0, "ThermalModel: the exponent is not positive");
}

// Coefficients of d(rise)/dt = A rise + (P / C1, 0):
//   A = [[-chip, chip], [body, -(body + air)]]
struct Rates {
  double chip;  // 1 / (R12 C1)
  double body;  // 1 / (R12 C2)
  double air;   // 1 / (R2 C2)
};

Rates rates_of(const ThermalSpecification& specification) {
  const ThermalNode& chip = specification.chip;
  const ThermalNode& body = specification.body;
  return {.chip = 1.0 / (chip.resistance * chip.capacity),
          .body = 1.0 / (chip.resistance * body.capacity),
          .air = 1.0 / (body.resistance * body.capacity)};
}

}  // namespace

// The eigenvalues of A are real and differ, since chip x body > 0; the slow one comes from the
// determinant, without cancellation.
ThermalModel::ThermalModel(const ThermalSpecification& specification)
    : specification_(specification) {
  check(specification);
  const auto [chip, body, air] = rates_of(specification);
  const double sum = chip + body + air;
  const double difference = std::sqrt(std::pow(chip - body - air, 2) + 4.0 * chip * body);
  fast_ = (sum + difference) / 2.0;
  slow_ = chip * air / fast_;
  towards_ahead_ = decay(governor_horizon);
}

// exp(A t) by Sylvester's formula with the eigenvalues -fast and -slow.
ThermalModel::Matrix ThermalModel::decay(Seconds time) const {
  const auto [chip, body, air] = rates_of(specification_);
  const double fast = std::exp(-fast_ * time.base()) / (slow_ - fast_);
  const double slow = std::exp(-slow_ * time.base()) / (fast_ - slow_);
  const auto mixed = [&](double entry, double diagonal) {
    return fast * (entry + diagonal * slow_) + slow * (entry + diagonal * fast_);
  };
  return {{{mixed(-chip, 1.0), mixed(chip, 0.0)}, {mixed(body, 0.0), mixed(-body - air, 1.0)}}};
}

ThermalModel::Pair ThermalModel::steady_rise(double power) const {
  const double body = power * specification_.body.resistance;
  return {body + power * specification_.chip.resistance, body};
}

ThermalModel::Pair ThermalModel::rise_after(const Matrix& decay, double power) const {
  const Pair steady = steady_rise(power);
  const Pair off{rise_[0] - steady[0], rise_[1] - steady[1]};
  return {steady[0] + decay[0][0] * off[0] + decay[0][1] * off[1],
          steady[1] + decay[1][0] * off[0] + decay[1][1] * off[1]};
}

double ThermalModel::advance(Seconds time, double power) {
  require(time >= Seconds(0.0), "ThermalModel: time runs backwards");
  require(power >= 0.0, "ThermalModel: the power is negative");
  rise_ = rise_after(decay(time), power);
  return power * time.base();
}

// The temperature ahead is linear in the power, so two points of the line give the power that meets
// a limit.
double ThermalModel::allowed_power() const {
  const Pair idle = rise_after(towards_ahead_, 0.0);
  const Pair one_watt = rise_after(towards_ahead_, 1.0);
  double allowed = specification_.peak_power;
  for (const std::size_t node : {std::size_t{0}, std::size_t{1}}) {
    const double limit = node == 0 ? specification_.chip.limit : specification_.body.limit;
    const double left = limit - specification_.ambient - idle[node];
    allowed = std::min(allowed, left / (one_watt[node] - idle[node]));
  }
  return std::max(allowed, 0.0);
}

double ThermalModel::speed() const {
  const double dynamic = std::max(allowed_power() - specification_.idle_power, 0.0);
  const double full = specification_.peak_power - specification_.idle_power;
  return std::max(std::pow(dynamic / full, specification_.speed_exponent), lowest_speed);
}

double ThermalModel::power(double speed, double busy) const {
  require(0.0 < speed && speed <= 1.0, "ThermalModel: the speed is not in (0, 1]");
  require(0.0 <= busy && busy <= 1.0, "ThermalModel: the share is not in [0, 1]");
  const double full = specification_.peak_power - specification_.idle_power;
  return specification_.idle_power +
         busy * full * std::pow(speed, 1.0 / specification_.speed_exponent);
}

double ThermalModel::chip_temperature() const {
  return specification_.ambient + rise_[0];
}

double ThermalModel::body_temperature() const {
  return specification_.ambient + rise_[1];
}

double ThermalModel::sustained_power() const {
  const ThermalNode& chip = specification_.chip;
  const ThermalNode& body = specification_.body;
  const double by_chip =
      (chip.limit - specification_.ambient) / (chip.resistance + body.resistance);
  const double by_body = (body.limit - specification_.ambient) / body.resistance;
  return std::min({specification_.peak_power, by_chip, by_body});
}

}  // namespace plimsoll
