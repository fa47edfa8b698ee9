// One number for a whole run: two runs with the same fingerprint fired the same events in the same
// order.
#pragma once

#include <cstdint>

#include "sim/observer.h"

namespace plimsoll::sim {

// 64-bit FNV-1a over (time, phase, label) of every event, byte by byte from the least significant,
// so that it is the same on every machine. (Fowler, Noll, Vo; constants from draft-eastlake-fnv.)
class Fingerprint final : public Observer {
 public:
  void on_event(Time time, Phase phase, std::uint32_t label) override;
  std::uint64_t value() const { return hash_; }

 private:
  void add(std::uint64_t word, int bytes);
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace plimsoll::sim
