// Machines of the small world joined by wires, and engines that span them. A chip has all its
// memory in one pool, so what travels between chips is all that travels.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenario/small_world.h"

namespace plimsoll {

// Round figures of the wires and engines below, in seconds and bytes per second.
inline constexpr double ether_latency = 40e-6;
inline constexpr double ether_rate = 1e9;
inline constexpr double call_time = 1e-3;           // "caller", a stage on another machine
inline constexpr double hand_over_time = 100e-6;    // "relay" and "grid"
inline constexpr double collective_time = 20e-6;    // "grid"
inline constexpr double grid_exchange_bytes = 1.0;  // of a value in a collective

struct ClusterWorld : SmallWorld {
  ClusterWorld() {
    data.write(
        "hwdb/devices/soc-slow.yaml",
        replaced(
            replaced(replaced(replaced(replaced(small_world::soc_a, "id: soc-a", "id: soc-slow"),
                                       "name: SoC A", "name: Slow SoC"),
                              "value: 200 GB/s", "value: 50 GB/s"),
                     "value: 250 GB/s", "value: 100 GB/s"),
            "type: LPDDR5", "type: DDR4"));
    chip("chip", "soc-a", "32 GiB");
    chip("small-chip", "soc-a", "16 GiB");
    chip("slow-chip", "soc-slow", "32 GiB");
    model("deep", {{"count: 6", "count: 12"}}, small_world::dense_model);
    model("kv3", {{"heads: 8, kv_heads: 2", "heads: 12, kv_heads: 3"}}, small_world::dense_model);
    // 30 layers of 386 MiB.
    model("heavy",
          {{"hidden: 256", "hidden: 4096"},
           {"heads: 8, kv_heads: 2, head_dim: 32", "heads: 32, kv_heads: 32, head_dim: 128"},
           {"width: 512", "width: 11008"},
           {"count: 6", "count: 30"}},
          small_world::dense_model);
    const std::string layers = "remote:\n  parallelism: [layer_split]\n";
    const std::string call = "  hop_overhead: {value: 1 ms, source: S, status: measured}\n";
    const std::string hand_over = "  hop_overhead: {value: 100 us, source: S, status: measured}\n";
    // Calls one machine after another, and takes what they return; its own layers are the last.
    engine("caller", "layer_split",
           "host_embedding: true\n" + layers +
               "  through_first: true\n  first_machine_last: true\n" + call);
    // The same with its own layers first.
    engine("first", "layer_split",
           "host_embedding: true\n" + layers + "  through_first: true\n" + call);
    // Machines hand over to one another and work on successive chunks of a prompt.
    engine("relay", "layer_split",
           "host_embedding: false\n" + layers + "  overlaps_chunks: true\n" + hand_over);
    const std::string all = "tensor_parallel, pipeline_parallel, expert_parallel";
    const std::string spanning =
        "host_embedding: false\nexchange_bits: 8\nremote:\n  parallelism: [" + all +
        "]\n  overlaps_chunks: true\n" + hand_over +
        "  collective_overhead: {value: 20 us, source: S, status: measured}\n";
    engine("grid", all, spanning);
    engine("picky", all, "direct_over_host: 2\n" + spanning);
    engine("sender", all, "expert_exchange: all_to_all\n" + spanning);
  }

  void cluster(const std::string& id, const std::string& nodes, const std::string& links) {
    data.write("hwdb/clusters/" + id + ".yaml", "kind: cluster\nid: " + id + "\nname: " + id +
                                                    "\nnodes: [" + nodes + "]\nlinks: [" + links +
                                                    "]\n");
  }

  void model(const std::string& id, const std::vector<std::pair<std::string, std::string>>& changes,
             const std::string& base) {
    const std::size_t old = base.find("id: ") + 4;
    const std::size_t name = base.find("name: ") + 6;
    std::string text = base;
    text.replace(name, base.find('\n', name) - name, id);
    text.replace(old, base.find('\n', old) - old, id);
    for (const auto& [from, to] : changes) text = replaced(text, from, to);
    data.write("models/" + id + ".yaml", text);
  }

 private:
  void chip(const std::string& id, const std::string& device, const std::string& memory) {
    data.write("hwdb/systems/" + id + ".yaml",
               "kind: system\nid: " + id + "\nname: " + id + "\nos: macos\nparts: [{device: " +
                   device + "}]\nhost: {memory: " + memory + "}\nports: [ether-a]\n");
  }

  void engine(const std::string& id, const std::string& parallelism, const std::string& extra) {
    using small_world::backend;
    data.write("hwdb/engines/" + id + ".yaml",
               small_world::engine(id, "gguf", parallelism, extra,
                                   backend("metal", "gpu", true) + backend("cuda", "gpu", true) +
                                       backend("cpu", "cpu", true)));
  }
};

// "3x chip over ether-a": so many chips on a switch.
inline std::string chips(int count) {
  return count == 1 ? "chip" : std::to_string(count) + "x chip over ether-a";
}

inline ScenarioSpec on_cluster(const std::string& model, const std::string& machines,
                               const std::string& engine, const std::string& placement,
                               const std::vector<std::string>& set = {}) {
  const bool counted = machines.find(" over ") != std::string::npos || machines == "chip";
  return spec_of({{"model", model},
                  {counted ? "system" : "cluster", machines},
                  {"engine", engine},
                  {"quantization", "q16"},
                  {"placement", placement}},
                 set);
}

}  // namespace plimsoll
