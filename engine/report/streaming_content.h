// What a report says of experts that stay on the drive, before it is text or Markdown.
#pragma once

#include <string>
#include <vector>

#include "evaluate/outcome.h"

namespace plimsoll {

// Cells under titles.
struct ContentTable {
  enum class Kind { words, figures, long_figures };  // long ones may wrap
  struct Column {
    std::string title;
    Kind kind = Kind::words;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

// "Experts from the drive"
std::string streaming_title(const StreamingOutcome& streaming);

// What a token uses, where it comes from, and what memory there is for it.
std::vector<std::string> streaming_sentences(const StreamingOutcome& streaming);

// The engine's steps of one layer, and what the token does outside the layers.
ContentTable layer_table(const StreamingOutcome& streaming);

// Rates and hits over the run; a column for the engine's own cache and for heat where they matter.
ContentTable series_table(const StreamingOutcome& streaming);

// What the time of a token depends on most, and what a tenth more of it does.
ContentTable parameter_table(const StreamingOutcome& streaming);

// "What 5.68 token/s would need"; the table is empty where no rate was asked about.
std::string conditions_title(const StreamingOutcome& streaming);
ContentTable conditions_table(const StreamingOutcome& streaming);

}  // namespace plimsoll
