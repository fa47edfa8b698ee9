#include <array>

#include "panels/answer/answer_panel.h"
#include "panels/changes/changes_panel.h"
#include "panels/choose/choose_panel.h"
#include "panels/cluster/cluster_panel.h"
#include "panels/compare/compare_panel.h"
#include "panels/memory/memory_panel.h"
#include "panels/panel.h"
#include "panels/scenario/scenario_panel.h"
#include "panels/timeline/timeline_panel.h"
#include "panels/token_time/token_time_panel.h"

namespace plimsoll::gui {
namespace {

template <class Widget>
QWidget* make(Workspace& workspace, QWidget* parent) {
  return new Widget(workspace, parent);
}

constexpr std::array kinds = {
    PanelKind{"scenario", QT_TRANSLATE_NOOP("panels", "Scenario"),
              QT_TRANSLATE_NOOP("panels", "The model, the machines, and what is asked of them"),
              "Ctrl+1", PanelPlace::side, make<ScenarioPanel>},
    PanelKind{"answer", QT_TRANSLATE_NOOP("panels", "Answer"),
              QT_TRANSLATE_NOOP("panels", "Whether it fits and how fast it is"), "Ctrl+2",
              PanelPlace::centre, make<AnswerPanel>},
    PanelKind{"memory", QT_TRANSLATE_NOOP("panels", "Memory"),
              QT_TRANSLATE_NOOP("panels", "What lies in which memory"), "Ctrl+3", PanelPlace::below,
              make<MemoryPanel>},
    PanelKind{"token_time", QT_TRANSLATE_NOOP("panels", "Time of a token"),
              QT_TRANSLATE_NOOP("panels", "Where the time goes, and the roofline"), "Ctrl+4",
              PanelPlace::below, make<TokenTimePanel>},
    PanelKind{"timeline", QT_TRANSLATE_NOOP("panels", "Timeline"),
              QT_TRANSLATE_NOOP("panels", "One simulated token on every resource"), "Ctrl+5",
              PanelPlace::below, make<TimelinePanel>},
    PanelKind{"cluster", QT_TRANSLATE_NOOP("panels", "Cluster"),
              QT_TRANSLATE_NOOP("panels", "Machines and links, and how busy they are"), "Ctrl+6",
              PanelPlace::below, make<ClusterPanel>},
    PanelKind{"changes", QT_TRANSLATE_NOOP("panels", "Changes"),
              QT_TRANSLATE_NOOP("panels", "What a single change would do, best first"), "Ctrl+7",
              PanelPlace::below, make<ChangesPanel>},
    PanelKind{"choose", QT_TRANSLATE_NOOP("panels", "Choose"),
              QT_TRANSLATE_NOOP("panels", "Which machines to buy or rent"), "Ctrl+8",
              PanelPlace::below, make<ChoosePanel>},
    PanelKind{"compare", QT_TRANSLATE_NOOP("panels", "Compare"),
              QT_TRANSLATE_NOOP("panels", "Pinned scenarios side by side"), "Ctrl+9",
              PanelPlace::below, make<ComparePanel>},
};

}  // namespace

std::span<const PanelKind> panel_kinds() {
  return kinds;
}

}  // namespace plimsoll::gui
