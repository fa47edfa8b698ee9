// One self-contained question: this model, in this quantization, on these machines, with this
// engine and workload.
//
// A ScenarioSpec is what the user wrote, in names; every alternative the program tries (another
// quantization, more memory, a longer context) is an edited copy of it. resolve() turns it into a
// Scenario whose names are found and whose numbers are checked, filling in defaults.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/cluster_layout.h"
#include "catalog/date.h"
#include "scenario/given.h"
#include "scenario/load_setup.h"
#include "scenario/savings.h"
#include "scenario/streaming_setup.h"

namespace plimsoll {

enum class PlacementStrategy {
  automatic,
  single,             // one accelerator
  cpu,                // no accelerator
  layer_split,        // whole layers to several accelerators
  row_split,          // rows of every matrix to several accelerators, gathered on the first
  tensor_parallel,    // Megatron style
  pipeline_parallel,  // runs of layers to groups of accelerators, each group tensor parallel
  expert_parallel,    // whole experts to accelerators, the rest tensor parallel
  cpu_layers,         // some layers on the CPU
  cpu_experts,        // routed experts of some layers in main memory, run by the CPU
  streamed,           // routed experts stay on the drive
};
std::string_view to_text(PlacementStrategy strategy);

struct ScenarioSpec {
  std::string name;
  std::string description;
  bool claimed = false;
  // Of a claim: the overrides that turn it into what is published, and the question they make of
  // it.
  std::vector<std::string> published_by;
  std::shared_ptr<const ScenarioSpec> published;
  Given<std::string> model;
  Given<std::string> quantization;
  Given<std::string> system;  // a system, or a device: then a bare machine around it
  Given<Bytes> memory;        // of such a bare machine; default: the largest sold with the device
  Given<std::string> host;    // CPU of such a machine around cards
  Given<int> sockets;         // of them
  Given<std::string> device_link;  // between the devices of a machine, instead of what they have
  Given<Watts> power_limit;        // of each of them, below the one they are sold with
  Given<std::string> os;           // that it runs instead of the one it is sold with
  Given<int> count;                // machines of that kind
  Given<std::string> link;         // between them
  Given<Topology> topology;  // of those links; default: what the link's medium and the ports give
  // Instead of system: a cluster of the catalogue by name, or one written out.
  Given<std::string> cluster;
  std::shared_ptr<const ClusterSpec> own_cluster;
  Given<std::string> engine;
  Given<std::string> backend;
  Given<Date> engine_date;      // of its version: "2023-12"; default: as the entry describes it
  Given<bool> flash_attention;  // instead of the engine's default
  Given<int> prefill_chunk;     // tokens of a prompt in one pass, instead of the engine's default
  Given<PlacementStrategy> placement;
  Given<int> gpu_layers;         // cpu_layers: layers kept on the accelerator
  Given<int> cpu_expert_layers;  // cpu_experts: layers whose experts go to main memory
  Given<int> accelerators;       // use only that many of each machine's
  Given<int> nodes;              // use only that many machines
  Given<int> tensor;             // pipeline_parallel: accelerators of a group
  Given<int> replicas;  // data parallel: equal parts of the machines, each with all weights
  Given<int> spare;     // of those replicas, held ready for one that fails
  // What is asked of all of it in a month, for what it costs; cached tokens are part of the input.
  Given<std::int64_t> monthly_input;
  Given<std::int64_t> monthly_output;
  Given<std::int64_t> monthly_cached;
  Given<std::int64_t> monthly_requests;
  LoadSection load;  // how requests come, for who wants them served one by one
  Given<std::int64_t> context;
  Given<std::int64_t> prompt;
  Given<std::int64_t> depth;
  Given<std::int64_t> generate;
  Given<int> batch;
  Given<std::string> kv_format;
  Given<int> experts_per_token;
  Given<bool> importance_matrix;
  StreamingSection streaming;
  SavingsSection savings;
  Given<bool> raise_gpu_limit;  // assume the OS limit on GPU memory was raised by the command the
                                // report names
  bool ran = false;  // a measured run: it fitted if our account of memory can be so far off
};

// "4x framework-desktop-128gb over ethernet-5g in a ring" -> count, system, link, topology. Plain
// names pass through.
struct MachineText {
  int count = 1;
  std::string system;
  std::string link;
  std::optional<Topology> topology;
};
std::optional<MachineText> parse_machines(std::string_view text);

// Reads a scenario file and applies `--set path=value` overrides. Throws InputError with every
// problem.
ScenarioSpec read_scenario(const std::filesystem::path& file,
                           const std::vector<std::string>& overrides);

// The same from options only: {"model", "qwen3-30b-a3b"}, {"quantization", "q4_k_m"} … plus
// overrides.
ScenarioSpec scenario_from_options(const std::vector<std::pair<std::string, std::string>>& options,
                                   const std::vector<std::string>& overrides);

// Writes the scenario in the form read_scenario reads.
std::string to_yaml(const ScenarioSpec& spec);

struct Workload {
  std::int64_t context = 4096;
  std::int64_t prompt = 512;
  std::int64_t depth = 0;
  std::int64_t generate = 128;
  int batch = 1;
};

// Asked of all replicas together in a month. Cached tokens are the part of the input that a prefix
// cache serves.
struct MonthlyDemand {
  std::int64_t input = 0;
  std::int64_t output = 0;
  std::int64_t cached = 0;    // <= input
  std::int64_t requests = 0;  // 0: not said
};

// A default the program chose, for the report's list of assumptions.
struct ChosenDefault {
  std::string field;
  std::string value;
  std::string why;
};

struct Scenario {
  ScenarioSpec spec;
  ModelSpec model;  // a copy: experts_per_token may have been overridden
  const QuantizationSpec* quantization = nullptr;
  ClusterLayout cluster;  // one machine, or several and what joins them
  const EngineSpec* engine = nullptr;
  std::shared_ptr<const EngineSpec> own_engine;  // that engine, where it was started differently
  const BackendSpec* backend = nullptr;
  PlacementStrategy placement = PlacementStrategy::automatic;
  Workload workload;
  const FormatSpec* kv_format = nullptr;
  bool importance_matrix = true;
  bool fewer_experts_than_trained = false;
  SavingsSetup savings;
  std::optional<StreamingSetup> streaming;  // the engine streams
  int replicas = 1;
  int spare = 0;
  std::optional<MonthlyDemand> monthly_demand;  // nothing: not said
  std::optional<LoadSetup> serving;             // nothing: no requests, `workload` by itself
  std::vector<ChosenDefault> defaults;

  // The machine that runs the engine's main process.
  const SystemSpec& first_system() const { return *cluster.machines.front().system; }
};

// The engine's backend on units of that kind: the scenario's own, or the engine's first for the
// others.
const BackendSpec& backend_on(const Scenario& scenario, UnitKind kind);

// Finds every name, checks every number against the model and machine (a prompt longer than the
// context, more experts than there are, a backend the device lacks), fills in defaults. The
// quantization may stay null when the spec leaves it open: the caller chooses the best that fits.
// Returns nothing when there were errors.
std::optional<Scenario> resolve(const ScenarioSpec& spec, Catalog& catalog,
                                Diagnostics& diagnostics);

}  // namespace plimsoll
