#include "presenters/changes_table.h"

#include <algorithm>

#include "base/contains.h"
#include "report/report_content.h"

namespace plimsoll::gui {
namespace {

std::string in_words(Verdict verdict) {
  std::string word(to_text(verdict));
  std::replace(word.begin(), word.end(), '-', ' ');
  return word;
}

ChangeRow row_of(const Change& change, const Outcome& outcome) {
  const ChangeText text = change_text(change, outcome);
  ChangeRow row{.change = change.description,
                .kind = change.kind,
                .effect = text.factor,
                .rate = text.rate.value.empty() ? std::string() : with_unit(text.rate),
                .interval = text.rate.interval,
                .verdict = in_words(change.verdict),
                .doubtful = !change.warning.empty(),
                .option = text.set,
                .set = change.set,
                .factor = text.effect,
                .tokens_per_second = text.estimate.value};
  if (row.doubtful) row.remarks.push_back(change.warning);
  row.remarks.insert(row.remarks.end(), text.remarks.begin(), text.remarks.end());
  return row;
}

}  // namespace

std::vector<ChangeRow> change_rows(const Outcome& outcome) {
  std::vector<ChangeRow> rows;
  for (const Change& change : outcome.changes) rows.push_back(row_of(change, outcome));
  return rows;
}

std::vector<std::string> kinds_of(const std::vector<ChangeRow>& rows) {
  std::vector<std::string> kinds;
  for (const ChangeRow& row : rows)
    if (!contains(kinds, row.kind)) kinds.push_back(row.kind);
  return kinds;
}

}  // namespace plimsoll::gui
