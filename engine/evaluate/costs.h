// What the machines of a scenario cost a month, owned or rented, and the same tokens bought from a
// hosted model; what a replica to spare is worth. Formulas: doc/money.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "evaluate/outcome.h"
#include "money/money.h"
#include "scenario/scenario.h"

namespace plimsoll {

// The machines of one kind.
struct MachineKind {
  money::Purchase purchase;
  // Of one machine while its replica works; nothing where nobody published any.
  std::optional<money::PowerDraw> power;
  bool power_at_most = false;  // the maker's maximum: the electricity is at most that
  std::string gpu;             // device id; empty where the machine has none, or several kinds
  int gpus = 0;
  int count = 1;       // in the scenario, spares included
  int serving = 1;     // in the replicas in service
  int in_replica = 1;  // of these
};

// Everything that the costs depend on but prices.
struct CostQuestion {
  std::vector<MachineKind> machines;
  std::string model;  // id
  int replicas = 1;
  int spare = 0;
  money::ServiceRate rate;            // of all replicas in service together
  std::optional<MonthlyDemand> load;  // nothing: as much as they can do
  double input_per_output = 0.0;      // of their requests then
  double longest_prompt = 0.0;        // tokens
};

// `busy`: share of its replica's work during which a machine works, by machine. The machines of the
// first `machines_of_replica` places make the first replica, and so on.
CostQuestion cost_question(const Scenario& scenario, int machines_of_replica,
                           const std::vector<double>& busy, const money::ServiceRate& rate,
                           Catalog& catalog);

// A price or rate that an answer rests on.
struct UsedFigure {
  std::string what;
  std::string value;  // "2.7 USD/h (1.62 … 3.78), 2026-05"
  Provenance from;
};

// Data-centre machines are those with a GPU that a class of hwdb/prices/failures.yaml lists: they
// stand in a colocation at the commercial tariff and fail as that class. All others are desks, at
// home at the residential tariff. Region: the average of the United States.
MonthlyCosts monthly_costs(const PriceBook& book, const CostQuestion& question,
                           std::vector<UsedFigure>& used);

// The service is up while at least as many replicas are as carry the load; a replica while all its
// machines are. Failures that hit all at once (power, network, software) are not in it.
ServiceRedundancy service_redundancy(const PriceBook& book, const CostQuestion& question,
                                     std::vector<UsedFigure>& used);

}  // namespace plimsoll
