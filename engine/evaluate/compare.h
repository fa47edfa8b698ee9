// Scenarios side by side: what differs in the questions, and which differences of the answers are
// more than uncertainty.
//
// The interval of a ratio counts an error that both scenarios share once: when the bandwidth of the
// RTX 4090 is 3 % less than we think, both are slower by it, and their ratio stays. With the
// elasticities e_i = d log(figure) / d log(parameter i) of both scenarios,
//
//   var log(b/a) = sum_i (e_i,b - e_i,a)^2 var log(parameter i) + r_a^2 + r_b^2
//
// (first-order propagation of uncertainty with correlated inputs, JCGM 100:2008, 5.2.2), where a
// parameter that only one scenario depends on has elasticity 0 in the other. What no parameter
// explains (the engine's residual spreads r) is partly shared too, nobody knows how far: it counts
// in full for both, so that we rather miss a difference than invent one.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "evaluate/outcome.h"
#include "evaluate/outcome_figures.h"
#include "scenario/scenario.h"

namespace plimsoll {

struct NamedScenario {
  std::string name;
  std::string file;  // may be empty
  ScenarioSpec spec;
};

// A figure against the same figure of the first scenario.
struct FigureRatio {
  const OutcomeFigure* figure = nullptr;
  Estimate ratio;
  bool clear = false;  // its 90 % interval does not hold 1
};

struct ComparedScenario {
  std::string label;  // "A", "B", …, "Z", "AA"
  std::string name;
  std::string file;
  Outcome outcome;
  std::vector<FigureRatio> against_first;  // figures both have; empty for the first
};

// Something of the question that is not the same in all scenarios.
struct ScenarioDifference {
  std::string field;                // as of --set, "system" with count and links
  std::vector<std::string> values;  // one a scenario, with defaults filled in
};

struct Comparison {
  std::vector<ComparedScenario> scenarios;
  std::vector<ScenarioDifference> differences;
  Diagnostics warnings;
};

// Throws InputError with the problems of all scenarios that cannot be resolved.
Comparison compare(const std::vector<NamedScenario>& scenarios, Catalog& catalog);

// What a figure's logarithm errs by, one standard deviation each. `shared` errors of the same name
// are the same error.
struct LogErrors {
  struct Part {
    std::string name;
    double deviation = 0.0;  // signed: errors of opposite sign cancel
  };
  std::vector<Part> shared;
  double own = 0.0;

  double sigma() const;  // of the figure's logarithm
};

// b / a with its interval. Both values positive.
Estimate ratio_of(const Estimate& a, const LogErrors& a_errors, const Estimate& b,
                  const LogErrors& b_errors);

}  // namespace plimsoll
