// The candidates of a requirement: every combination that might do, with bounds but not simulated.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/bounds.h"
#include "plan/plan.h"

namespace plimsoll {

// A quantization of the model with what bounds and ranking need.
struct QuantizedModel {
  const QuantizationSpec* recipe = nullptr;
  QuantizedWork work;
  double quality = 0.0;  // quality_rank, at most that of the published checkpoint
};

// An engine's backend on one machine of a system.
struct Setup {
  Scenario scenario;  // resolved for one machine, quantization open
  MachineRoofs roofs;
  bool raised = false;             // the OS limit on GPU memory
  std::vector<int> quantizations;  // that the engine loads
};

struct SystemChoice {
  const SystemSpec* system = nullptr;
  std::string word;  // by which questions find it: its id, or the path it was asked for by
  PlanPrice price;   // of one
  PlanPower power;
  int owned = 0;
  std::vector<Setup> setups;
};

// Machines that hold the model together.
struct Group {
  int system = 0;
  int count = 1;
  std::string link, link_name;
  std::vector<int> setups;  // of the system, those that run on so many machines
};

struct Candidate {
  int setup = 0;
  int quantization = 0;
  Bounds bound;
};

// A set of machines with everything that could run on it, best quality first and within one quality
// by falling bound on the speed.
struct Site {
  int group = 0;
  MachineSet machines;
  int batch = 1;
  PlanPrice price;
  PlanPower power;
  std::vector<Candidate> candidates;
};

// The limits of a requirement, so that one can be lifted without enumerating again.
struct Limits {
  std::optional<double> budget;
  std::optional<double> watts;
  double at_least = 0.0;
  std::optional<double> ttft;
};
Limits limits_of(const Requirement& requirement);

class Space {
 public:
  // Throws InputError when the requirement names what there is not. Holds only a part of the
  // candidates when options.stop is set meanwhile; so does sites().
  Space(const Requirement& requirement, Catalog& catalog, const PlanOptions& options);

  const Requirement& requirement() const { return requirement_; }
  const ModelSpec& model() const { return *model_; }
  const std::vector<SystemChoice>& systems() const { return systems_; }
  const std::vector<Group>& groups() const { return groups_; }
  const std::vector<QuantizedModel>& quantizations() const { return quantizations_; }
  const SystemChoice& system_of(const Site& site) const;
  const Setup& setup_of(const Site& site, const Candidate& candidate) const;
  double quality_of(const Candidate& candidate) const;

  // Sets of machines within the limits as far as bounds can tell; what they exclude is counted.
  std::vector<Site> sites(const Limits& limits, PlanCounts& counts) const;
  // Why no engine would start so many of the candidates.
  const std::map<std::string, std::int64_t>& refusals() const { return refusals_; }

  // What evaluate() and `plimsoll report` are asked.
  struct Question {
    std::vector<std::pair<std::string, std::string>> options;
    std::vector<std::string> overrides;
  };
  Question question(const Site& site, const Candidate& candidate) const;

 private:
  struct Deployment {
    int replicas = 1;
    int batch = 1;
  };

  bool stopped() const { return stop_ != nullptr && stop_->load(); }
  void read_names(Catalog& catalog, Diagnostics& diagnostics);
  void read_quantizations(Catalog& catalog, Diagnostics& diagnostics);
  void read_systems(Catalog& catalog, Diagnostics& diagnostics);
  void read_owned(Catalog& catalog, Diagnostics& diagnostics);
  bool is_offered(const SystemSpec& system, Catalog& catalog, Diagnostics& diagnostics) const;
  void add_system(const SystemSpec& system, const std::string& word, Catalog& catalog,
                  Diagnostics& diagnostics);
  void add_setups(SystemChoice& choice, const EngineSpec& engine, Catalog& catalog);
  void add_groups(int system, Catalog& catalog, int most_machines);
  void add_group(Group group);
  std::int64_t offered_by(const Group& group, int batch) const;
  void deployments(int most_machines);
  ScenarioSpec spec_for(const std::string& system, const std::string& engine,
                        const std::string& backend) const;
  void refuse(const std::string& reason, std::int64_t candidates);
  std::vector<Candidate> candidates_of(const Group& group, int batch, const Limits& limits,
                                       PlanCounts& counts) const;

  Requirement requirement_;
  const std::atomic<bool>* stop_ = nullptr;
  const ModelSpec* model_ = nullptr;
  std::string model_word_;  // by which reports find it: its id, or the path it was asked for by
  std::vector<const EngineSpec*> engines_;
  std::vector<QuantizedModel> quantizations_;
  std::vector<SystemChoice> systems_;
  std::vector<Group> groups_;
  std::vector<Deployment> deployments_;
  std::map<std::pair<const EngineSpec*, int>, CacheWork> caches_;  // by engine and batch
  std::map<std::string, std::int64_t> refusals_;
};

}  // namespace plimsoll
