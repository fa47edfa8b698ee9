// What an operating system does with a card whose memory is full.
#pragma once

#include <string>

#include "evaluate/prepared.h"

namespace plimsoll {

// Where the layers do not fit the cards and the system lets them go on in main memory: how much
// would, how fast that is at best, and what makes it fail instead. Empty where nothing spills.
//
// A decoded token reads what spilled over the card's host link, so that its rate is at most the
// link's reached rate over the bytes read; of experts those that a token uses.
std::string spill_note(const Prepared& prepared, Catalog& catalog);

}  // namespace plimsoll
