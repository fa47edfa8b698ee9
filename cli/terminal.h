// How text should look where it goes: a terminal, a pipe or a file.
#pragma once

#include "arguments.h"
#include "report/layout.h"

namespace plimsoll::cli {

// Width: --width, else a terminal's own within 80 to 140, else 80. Colour: --color, else on a
// terminal unless NO_COLOR is set (https://no-color.org) or TERM is "dumb". Unicode: when LC_ALL,
// LC_CTYPE or LANG, the first that is set, names UTF-8.
TextStyle text_style(const OutputOptions& options);

}  // namespace plimsoll::cli
