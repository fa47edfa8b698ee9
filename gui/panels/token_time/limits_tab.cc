#include "panels/token_time/limits_tab.h"

#include <QTableView>
#include <QVBoxLayout>

#include "report/report_content.h"
#include "widgets/cell_table.h"
#include "widgets/screen_text.h"

namespace plimsoll::gui {

LimitsTab::LimitsTab(QWidget* parent) : QWidget(parent) {
  table_ = new CellTable(
      {{.title = tr("Limit"), .hint = tr("What holds the decode back, strongest first")},
       {.title = tr("Share"), .number = true, .hint = tr("Of the time of a token")},
       {.title = tr("If it vanished"),
        .number = true,
        .hint = tr("Decode rate if this limit vanished and everything else stayed")},
       {.title = tr("Why")}},
      this);
  QTableView* view = table_view(*table_, tr("Limits of the decode rate"), this);
  view->setObjectName(QStringLiteral("limits_table"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(view);
}

void LimitsTab::show(const Outcome& outcome) {
  std::vector<std::vector<Cell>> rows;
  for (const Limit& limit : outcome.limits) {
    Cell ceiling{.text = tr("nothing is left")};
    if (limit.ceiling_tokens_per_second)
      ceiling = {.text = localized(
                     with_unit(rate_text(Estimate::exact(*limit.ceiling_tokens_per_second)))),
                 .value = *limit.ceiling_tokens_per_second};
    rows.push_back({{.text = engine_word(limit.what)},
                    {.text = localized(percent_text(limit.share)), .value = limit.share},
                    ceiling,
                    {.text = localized(limit.explanation), .hint = localized(limit.explanation)}});
  }
  table_->set_rows(std::move(rows));
}

}  // namespace plimsoll::gui
