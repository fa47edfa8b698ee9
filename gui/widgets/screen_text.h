// The engine's words and figures as they stand on the screen: in the user's language and with the
// user's decimal point. Files never see these.
#pragma once

#include <QString>
#include <string_view>

namespace plimsoll::gui {

// A word of the engine's fixed vocabulary (verdicts, parts of memory, resources, classes of
// operators): translated in the context "engine", see engine_words.cc; else as it is.
QString engine_word(std::string_view neutral);

// A figure or a sentence with figures, as the engine prints them ("1,234.5 GB"): digits grouped and
// pointed as the default QLocale does.
QString localized(std::string_view neutral);

// "%1 B" with the digits grouped: the exact count behind a rounded figure.
QString exact_bytes(double bytes);

}  // namespace plimsoll::gui
