// What looks at a run without changing it.
#pragma once

#include <cstdint>

#include "sim/sim_time.h"

namespace plimsoll::sim {

// Events of one instant fire in the order of their phases, so that a tie has a reason and not an
// accident.
enum class Phase : std::uint8_t {
  completion,   // what is under way ends and gives back what it held
  arrival,      // new work comes in and sees what has just been given back
  decision,     // schedulers choose, knowing all that ended and arrived
  observation,  // measurements see the instant's final state
};

class Observer {
 public:
  virtual ~Observer() = default;
  // Called before the event runs. `label` is the scheduler's own meaning, 0 when it gave none.
  virtual void on_event(Time time, Phase phase, std::uint32_t label) = 0;
};

}  // namespace plimsoll::sim
