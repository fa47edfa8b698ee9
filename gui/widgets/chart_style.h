// Qt Charts in the window's own colours and fonts.
#pragma once

#include <QPalette>

class QAbstractAxis;
class QChart;

namespace plimsoll::gui {

// No animation, no frame, text and lines from the palette. After axes and series are in place, and
// again when the palette changes.
void dress(QChart& chart, const QPalette& palette);

}  // namespace plimsoll::gui
