// Where the time of a token goes, what limits it, the roofline, and how a streamed run goes on.
#pragma once

#include <QWidget>
#include <vector>

#include "app/workspace.h"

class QComboBox;
class QTabWidget;

namespace plimsoll::gui {

class ChartPages;
class LimitsTab;
class RooflineTab;
class RunTab;
class SharesTab;

enum class Pass { decode, prefill };

class TokenTimePanel : public QWidget {
  Q_OBJECT

 public:
  TokenTimePanel(Workspace& workspace, QWidget* parent);

 private:
  void refresh();
  Pass pass() const;

  Workspace& workspace_;
  QComboBox* pass_;
  QTabWidget* tabs_;
  SharesTab* shares_;
  LimitsTab* limits_;
  RooflineTab* roofline_;
  RunTab* run_;
  ChartPages* pages_;
};

}  // namespace plimsoll::gui
