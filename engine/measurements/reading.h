// How a published value is read off what a scenario comes to.
#pragma once

#include <string_view>

namespace plimsoll {

enum class MeasuredFigure {
  decode_rate,          // tokens per second of one sequence, the prompt being done
  prefill_rate,         // prompt tokens per second, of all sequences of the batch together
  run_throughput,       // answer tokens of the batch over the time of prompt and answer
  time_to_first_token,  // seconds
  step_time,            // seconds per decoded token
  // Of requests served one by one:
  served_throughput,     // answer tokens of all requests over the time of the run
  served_first_token,    // seconds from arrival, over requests
  served_between_tokens  // seconds, over requests
};
std::string_view to_text(MeasuredFigure figure);
constexpr bool is_served(MeasuredFigure figure) {
  return figure >= MeasuredFigure::served_throughput;
}

// Which of many requests a time is of.
enum class MeasuredStatistic { mean, median };

struct Reading {
  MeasuredFigure figure = MeasuredFigure::decode_rate;
  MeasuredStatistic statistic = MeasuredStatistic::mean;
  // What the figure of the scenario is multiplied by to be the value as published: milliseconds per
  // second, sequences of a batch whose rates are added up, copies of the model, one over devices.
  double factor = 1.0;
};

}  // namespace plimsoll
