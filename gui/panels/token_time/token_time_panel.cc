#include "panels/token_time/token_time_panel.h"

#include <QComboBox>
#include <QStandardItemModel>
#include <QTabWidget>
#include <QVBoxLayout>

#include "panels/token_time/limits_tab.h"
#include "panels/token_time/roofline_tab.h"
#include "panels/token_time/run_tab.h"
#include "panels/token_time/shares_tab.h"
#include "widgets/chart_pages.h"

namespace plimsoll::gui {

TokenTimePanel::TokenTimePanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace) {
  tabs_ = new QTabWidget;
  tabs_->setObjectName(QStringLiteral("token_time_tabs"));
  tabs_->setDocumentMode(true);
  shares_ = new SharesTab;
  limits_ = new LimitsTab;
  roofline_ = new RooflineTab;
  run_ = new RunTab;
  tabs_->addTab(shares_, tr("Where it goes"));
  tabs_->addTab(limits_, tr("Limits"));
  tabs_->addTab(roofline_, tr("Roofline"));
  tabs_->addTab(run_, tr("Over the run"));

  pass_ = new QComboBox;
  pass_->setObjectName(QStringLiteral("pass"));
  pass_->setAccessibleName(tr("Token or prompt"));
  pass_->setToolTip(tr("Which part of the run: one token of the answer, or the prompt"));
  pass_->addItem(tr("Token of the answer"));
  pass_->addItem(tr("Prompt"));
  tabs_->setCornerWidget(pass_);
  pages_ = new ChartPages(tabs_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(pages_);

  connect(pass_, &QComboBox::currentIndexChanged, this, &TokenTimePanel::refresh);
  connect(&workspace_, &Workspace::answer_changed, this, &TokenTimePanel::refresh);
  setFocusProxy(tabs_);
  refresh();
}

Pass TokenTimePanel::pass() const {
  return pass_->currentIndex() == 1 ? Pass::prefill : Pass::decode;
}

void TokenTimePanel::refresh() {
  const std::shared_ptr<const Answer> answer = workspace_.answer();
  if (!pages_->shows(answer.get())) return;
  const Outcome& outcome = answer->evaluation->outcome;
  if (outcome.time_shares.empty()) {
    pages_->say(tr("It does not fit, so no token is computed."));
    return;
  }
  // A streamed prompt is no pass of its own whose time could be told apart.
  const bool prompt = !outcome.prefill_shares.empty();
  if (!prompt && pass() == Pass::prefill) {
    pass_->setCurrentIndex(0);  // comes back here
    return;
  }
  pass_->setEnabled(prompt);
  shares_->show(outcome, pass());
  limits_->show(outcome);
  roofline_->show(outcome, pass());
  tabs_->setTabVisible(tabs_->indexOf(run_), outcome.streaming.has_value());
  if (outcome.streaming) run_->show(*outcome.streaming);
}

}  // namespace plimsoll::gui
