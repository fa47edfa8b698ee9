#include "window_test.h"

#include "gui_test.h"

namespace plimsoll::gui {

void WindowTest::answers_what_it_is_given() {
  MainWindow window(shipped_catalogs());
  window.workspace().start_with(small_scenario());
  QVERIFY(wait_for_answer(window.workspace()));
  QVERIFY(!window.workspace().answer()->refused());
  QVERIFY(window.workspace().answer()->evaluation->outcome.decode_tokens_per_second);
}

}  // namespace plimsoll::gui
