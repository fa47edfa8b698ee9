// Colours of charts: one place, so that a role has one colour in every panel, light or dark.
#pragma once

#include <QColor>
#include <QPalette>
#include <string_view>

namespace plimsoll::gui {

// Of a series, by its name: the same name has the same colour in every chart of a run. Okabe and
// Ito's palette (https://jfly.uni-koeln.de/color/), told apart by colour-blind people; never the
// only way to tell: charts also write names. Names of a family ("weights: attention", "weights:
// router") are shades of its colour.
QColor series_colour(std::string_view name, const QPalette& palette);

// Black or white, whichever is easier to read on a colour.
QColor text_on(const QColor& background);

// Of verdicts and warnings; words always stand beside them.
enum class Tone { good, caution, bad, quiet };
QColor tone_colour(Tone tone, const QPalette& palette);

bool is_dark(const QPalette& palette);

}  // namespace plimsoll::gui
