// The answer in words and figures, as the Answer panel shows it. Without Qt.
#pragma once

#include <string>
#include <vector>

#include "evaluate/outcome.h"
#include "report/report_content.h"

namespace plimsoll::gui {

enum class AnswerTone { good, caution, bad };
AnswerTone tone_of(Verdict verdict);

// What was asked, whether it runs, and the figures known at this stage.
struct AnswerFigures {
  VerdictText verdict;
  AnswerTone tone = AnswerTone::bad;
  std::string subject;
  std::string workload;
  std::string reading;  // the decode rate against the speed of reading; may be empty
  std::vector<SpeedRow> rows;
  std::vector<SpeedRow> costs;     // a month, one a way that is known
  std::vector<std::string> money;  // what those take for granted, and when owning has paid back
  std::string command;             // that starts it; may be empty
  std::vector<std::string> notes;  // doubts of a claim first
};
AnswerFigures answer_figures(const Outcome& outcome);

// How far the widest interval reaches from its value, as a factor >= 1: all of them are drawn on
// one logarithmic axis around their values.
double widest_factor(const std::vector<SpeedRow>& rows);

// Ends of an interval on that axis, -1 (1 / reach) to 1 (reach); 0 is the value.
struct IntervalEnds {
  double low = 0.0;
  double high = 0.0;
};
IntervalEnds interval_ends(const Estimate& estimate, double reach);

}  // namespace plimsoll::gui
