// What a report says of a served load, before it is text or Markdown.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "evaluate/outcome.h"
#include "report/report_content.h"

namespace plimsoll {

// "Under load"
std::string serving_title();

// How requests come, and over what the figures are taken.
std::string serving_load_text(const ServingOutcome& serving);

// Rates of the whole server.
std::vector<SpeedRow> serving_rates(const ServingOutcome& serving);

// Mean, median and high percentiles of a latency.
struct LatencyRow {
  std::string what;
  std::array<FigureText, 5> figures;
};
std::array<std::string, 5> latency_columns();
std::vector<LatencyRow> latency_rows(const ServingOutcome& serving);

// What the rows are.
std::string latency_words();

// What the server was started with, how busy it is, what its queue and its cache hold.
std::vector<std::string> serving_sentences(const ServingOutcome& serving);

}  // namespace plimsoll
