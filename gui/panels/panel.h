// What a panel of the window is. Each is a folder here and a line in panels.cc.
#pragma once

#include <QWidget>
#include <span>

#include "app/workspace.h"

namespace plimsoll::gui {

enum class PanelPlace {
  side,    // the scenario's form
  centre,  // the answer, always in sight
  below,   // one of the tabs
};

struct PanelKind {
  const char* id;        // "memory": object name, settings key and page of the help
  const char* title;     // QT_TRANSLATE_NOOP("panels", …)
  const char* purpose;   // a sentence for tooltips and screen readers, likewise
  const char* shortcut;  // "Ctrl+1": shows the panel and gives it the keyboard
  PanelPlace place;
  // A panel listens to the workspace's signals and draws what it holds at any time.
  QWidget* (*make)(Workspace& workspace, QWidget* parent);
};

// In the order of the tabs.
std::span<const PanelKind> panel_kinds();

}  // namespace plimsoll::gui
