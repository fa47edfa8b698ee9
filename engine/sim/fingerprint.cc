#include "sim/fingerprint.h"

namespace plimsoll::sim {

void Fingerprint::add(std::uint64_t word, int bytes) {
  constexpr std::uint64_t kPrime = 0x100000001b3U;
  for (int i = 0; i < bytes; ++i) {
    hash_ = (hash_ ^ (word & 0xffU)) * kPrime;
    word >>= 8U;
  }
}

void Fingerprint::on_event(Time time, Phase phase, std::uint32_t label) {
  add(static_cast<std::uint64_t>(time.time_since_epoch().count()), 8);
  add(static_cast<std::uint64_t>(phase), 1);
  add(label, 4);
}

}  // namespace plimsoll::sim
