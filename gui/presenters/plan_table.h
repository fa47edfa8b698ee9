// What a search for machines found, as rows of a table and points of a chart. Without Qt.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "scenario/scenario.h"

namespace plimsoll::gui {

enum class PlanColumn {
  machines,
  decode,
  first_token,
  throughput,
  price,
  power,
  quantization,  // by quality
  context,
  chance,  // the least of them
  engine,
};
inline constexpr std::array plan_columns = {
    PlanColumn::machines, PlanColumn::decode, PlanColumn::first_token,  PlanColumn::throughput,
    PlanColumn::price,    PlanColumn::power,  PlanColumn::quantization, PlanColumn::context,
    PlanColumn::chance,   PlanColumn::engine};

// Why a plan is listed.
enum class PlanStanding { front, undecided, cure, nearest_miss };

struct PlanRow {
  PlanStanding standing = PlanStanding::front;
  const PlannedMachine* plan = nullptr;  // of the result
  const FrontPlan* front = nullptr;      // where it is of the front
  const Relaxation* cure = nullptr;      // what would have to give way for it
};

class PlanTable {
 public:
  PlanTable() = default;
  explicit PlanTable(std::shared_ptr<const PlanResult> result);

  const PlanResult* result() const { return result_.get(); }
  const std::vector<PlanRow>& rows() const { return rows_; }
  std::string cell(std::size_t row, PlanColumn column) const;
  // Of the quantity or word of a column; what is not known comes last either way.
  void sort(PlanColumn column, bool descending);
  // Row of a plan of the result, or -1.
  int row_of(const PlannedMachine* plan) const;
  // Whole sentences about a plan, its reasons first.
  std::vector<std::string> details(std::size_t row) const;

 private:
  std::shared_ptr<const PlanResult> result_;
  std::vector<PlanRow> rows_;
};

// Sentences about the whole search, as the report has them: what was asked, where the candidates
// went, why there is nothing.
std::vector<std::string> search_text(const PlanResult& result);

struct PlanPoint {
  const PlannedMachine* plan = nullptr;
  double price = 0.0;  // where it is drawn; of unknown prices at the side
  bool priced = true;
  double rate = 0.0;    // token/s of each user
  double weight = 0.0;  // 0 to 1 by the merit asked for; 0 where it is not known
  bool front = false;
  // Of the front, and faster than all that cost less: what the money buys at best, other merits
  // aside.
  bool edge = false;
};

enum class PointSize { quality, power };

// Price against rate, both on logarithmic axes. What costs nothing is drawn at a dollar.
struct PlanChart {
  std::vector<PlanPoint> points;  // those of the front in the order of the front, then the others
  double least_price = 1.0, greatest_price = 10.0;  // of the axis
  double aside = 10.0;                              // price of what has none
  double least_rate = 0.1, greatest_rate = 10.0;
  bool any_aside = false;
};
PlanChart chart_of(const PlanResult& result, PointSize size);

// The scenario whose report has the figures of the plan: one replica of it.
ScenarioSpec scenario_of(const PlannedMachine& plan);

}  // namespace plimsoll::gui
