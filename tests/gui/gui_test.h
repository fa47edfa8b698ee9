// What the tests of the window share.
#pragma once

#include <QTest>
#include <memory>

#include "app/main_window.h"

namespace plimsoll::gui {

// The shipped catalogue.
CatalogFactory shipped_catalogs();

// How long a test waits for what must come, in ms: sanitizers and a compiler beside them included.
constexpr int patience_ms = 120'000;

// Waits for an answer of both stages to the scenario as it is now; false when patience is over.
bool wait_for_answer(Workspace& workspace);

// Gemma 2B in Q8_0 on an RTX 4090: small, resident, quick.
ScenarioSpec small_scenario();

}  // namespace plimsoll::gui
