// A catalogue small enough to compute with by hand: round figures, two cards, a chip with unified
// memory, a CPU, two engines, three tiny models.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/data_fixture.h"
#include "scenario/scenario.h"
#include "support/catch.h"

namespace plimsoll {

inline constexpr double microsecond = 1e-6;

namespace small_world {

// Figures of the two cards. card-a was measured, card-b falls back to the defaults of its class.
inline constexpr double card_memory = 24.0 * 1024 * 1024 * 1024;
inline constexpr double card_a_bandwidth = 900e9;
inline constexpr double card_a_fp16 = 80e12;
inline constexpr double card_a_fp32 = 8e12;

inline const std::string card_a = R"(kind: device
id: card-a
name: Card A
vendor: acme
architecture: first
form: card
backends: [cuda]
units:
  - kind: gpu
    cores: 10
    rates:
      fp32: {peak: {value: 10 TFLOP/s, source: S, status: datasheet}, reached: {value: 8 TFLOP/s, source: S, status: measured}}
      fp16: {peak: {value: 100 TFLOP/s, source: S, status: datasheet}, reached: {value: 80 TFLOP/s, source: S, status: measured}}
    memory_reached: {value: 900 GB/s, range: [810 GB/s, 1000 GB/s], source: S, status: measured}
memory:
  type: HBM3
  capacity: {value: 24 GiB, source: S, status: datasheet}
  bandwidth: {value: 1 TB/s, source: S, status: datasheet}
  roof_class: hbm
host_link: pcie-a
)";

inline const std::string card_b = R"(kind: device
id: card-b
name: Card B
vendor: acme
architecture: first
form: card
backends: [cuda]
units:
  - kind: gpu
    cores: 10
    rates:
      fp16: {peak: {value: 50 TFLOP/s, source: S, status: datasheet, confidence: high}}
memory:
  type: HBM3
  capacity: {value: 12 GiB, source: S, status: datasheet}
  bandwidth: {value: 500 GB/s, source: S, status: datasheet, confidence: medium}
  roof_class: hbm
host_link: pcie-a
)";

inline const std::string soc_a = R"(kind: device
id: soc-a
name: SoC A
vendor: apple
architecture: first
form: soc
backends: [metal, cpu]
units:
  - kind: gpu
    cores: 10
    rates:
      fp32: {peak: {value: 4 TFLOP/s, source: S, status: datasheet}}
    memory_reached: {value: 200 GB/s, source: S, status: measured}
  - kind: cpu
    cores: 8
    rates:
      fp32: {peak: {value: 1 TFLOP/s, source: S, status: datasheet}}
    memory_reached: {value: 100 GB/s, source: S, status: measured}
  - kind: npu
    cores: 4
    rates:
      int8: {peak: {value: 10 TFLOP/s, source: S, status: datasheet}}
memory:
  type: LPDDR5
  sold_sizes: [16 GiB, 64 GiB]
  bandwidth: {value: 250 GB/s, source: S, status: datasheet}
  roof_class: hbm
)";

inline const std::string cpu_a = R"(kind: device
id: cpu-a
name: CPU A
vendor: acme
architecture: first
form: cpu
backends: [cpu]
units:
  - kind: cpu
    cores: 8
    rates:
      fp32: {peak: {value: 2 TFLOP/s, source: S, status: datasheet}}
    memory_reached: {value: 60 GB/s, source: S, status: measured}
memory:
  type: DDR5
  bandwidth: {value: 80 GB/s, source: S, status: datasheet}
  roof_class: hbm
)";

// A box of `count` cards; an empty `peer` leaves them to the host link.
inline std::string box(const std::string& id, const std::string& device, int count,
                       const std::string& peer = {}, const std::string& host = "64 GiB") {
  return "kind: system\nid: " + id + "\nname: " + id +
         "\nos: linux\nparts:\n  - {device: " + device + ", count: " + std::to_string(count) +
         (peer.empty() ? "" : ", peer_link: " + peer) + "}\nhost: {device: cpu-a, memory: " + host +
         "}\n";
}

inline std::string link(const std::string& id, const std::string& rate,
                        const std::string& latency) {
  return "kind: link\nid: " + id + "\nname: " + id + "\nscope: inside_host\nraw: {value: " + rate +
         ", source: S, status: datasheet}\nreached: {value: " + rate +
         ", source: S, status: measured}\nlatency: {value: " + latency +
         ", source: S, status: measured}\nfull_duplex: true\n";
}

// Between machines. `medium`: switched or cable; `more`: further keys, one a line.
inline std::string wire(const std::string& id, const std::string& rate, const std::string& latency,
                        const std::string& medium, const std::string& more = {}) {
  return replaced(link(id, rate, latency), "scope: inside_host", "scope: between_hosts") +
         "medium: " + medium + "\n" + more;
}

inline const std::string macos = R"(kind: os
id: macos
name: Mac System
reserved: {value: 4 GiB, range: [3 GiB, 5 GiB], source: S, status: measured}
gpu_shares:
  - {up_to: 16 GiB, share: {value: 0.5, source: S, status: measured}}
  - {up_to: 32 GiB, share: {value: 0.75, source: S, status: measured}}
raise_limit: "raise {mib}"
)";

inline const std::string linux_os = R"(kind: os
id: linux
name: Free System
reserved: {value: 2 GiB, range: [1 GiB, 3 GiB], source: S, status: measured}
)";

// One backend; numbers chosen so that a cost is a short sum.
inline std::string backend(const std::string& id, const std::string& unit, bool captured) {
  return "  - id: " + id + "\n    names: [" + id + " 12]\n    unit: " + unit +
         "\n    issue: {value: 2 us, source: S, status: fitted}\n    captured_graph: " +
         (captured ? "true" : "false") + R"(
    gap: {value: 1 us, source: S, status: fitted}
    step_overhead: {value: 200 us, source: S, status: fitted}
    fused: [activation, norm]
    roofline_exponent: 4
    bandwidth: {default: {value: 0.5, source: S, status: fitted}, f16: {value: 0.8, range: [0.7, 0.9], source: S, status: fitted}}
    expert_bandwidth: {value: 0.75, source: S, status: fitted}
    attention_bandwidth: {value: 0.6, source: S, status: fitted}
    vector_bandwidth: {value: 0.4, source: S, status: fitted}
    matrix_vector_rows: 4
    matrix:
      - {families: [default], precisions: [fp16, fp32], efficiency: {value: 0.5, range: [0.4, 0.6], source: S, status: fitted}, half_rows: 32}
    attention_compute: {value: 0.25, source: S, status: fitted}
    decode_spread: {value: 0.15, source: S, status: fitted}
    prefill_spread: {value: 0.3, source: S, status: fitted}
    device_overhead: {value: 400 MiB, range: [300 MiB, 500 MiB], source: S, status: measured}
)";
}

inline std::string engine(const std::string& id, const std::string& families,
                          const std::string& parallelism, const std::string& extra,
                          const std::string& backends) {
  return "kind: engine\nid: " + id + "\nname: " + id + "\nversion: one\nweight_families: [" +
         families + "]\ndefault_quantizations: [" + (families == "gguf" ? "q16, q8" : "s16") +
         "]\nkv_formats: [F16, Q8]\nparallelism: [" + parallelism +
         "]\nprefill_chunk: 512\ncontext_granule: 256\nwindow_cache: true\nflash_attention: true\n"
         "logits_for_all: true\nmessage_overhead: {value: 10 us, source: S, status: measured}\n"
         "source: S\n" +
         extra + "backends:\n" + backends;
}

inline std::string quantization(const std::string& id, const std::string& family,
                                const std::string& format, const std::string& bits,
                                const std::string& counterparts = {}) {
  return "kind: quantization\nid: " + id + "\nname: " + id + "\nfamily: " + family +
         "\ndefault_format: " + format +
         "\nvector_format: F16\nquality_rank: 50\nnominal_bits: " + bits +
         "\nrecipe: exact\nsource: S\n" + counterparts;
}

// hidden 256, vocabulary 1000, 8 heads of 32, 2 KV heads, FFN 512, 6 layers.
inline const std::string dense_model = R"(kind: model
id: dense
name: Dense
family: llama
source: S
native_format: q16
hidden: 256
vocab: 1000
max_context: 8192
tied_embeddings: false
attention: {kind: gqa, heads: 8, kv_heads: 2, head_dim: 32}
ffn: {width: 512}
layers:
  count: 6
  pattern: [{attention: full, ffn: dense}]
)";

inline const std::string moe_model = R"(kind: model
id: moe
name: Mixture
family: llama
source: S
native_format: q16
hidden: 256
vocab: 1000
max_context: 8192
tied_embeddings: false
attention: {kind: gqa, heads: 8, kv_heads: 2, head_dim: 32}
moe: {experts: 16, experts_per_token: 4, expert_width: 128, shared_width: 64}
ffn: {width: 512}
layers:
  count: 6
  leading: [{attention: full, ffn: dense}]
  pattern: [{attention: full, ffn: moe}]
)";

inline const std::string tied_model =
    replaced(replaced(replaced(dense_model, "id: dense", "id: tied"), "Dense", "Tied"),
             "tied_embeddings: false", "tied_embeddings: true");

inline void write(const DataFixture& data) {
  data.write("hwdb/devices/card-a.yaml", card_a);
  data.write("hwdb/devices/card-b.yaml", card_b);
  data.write("hwdb/devices/soc-a.yaml", soc_a);
  data.write("hwdb/devices/cpu-a.yaml", cpu_a);
  data.write("hwdb/systems/box-1.yaml", box("box-1", "card-a", 1));
  data.write("hwdb/systems/box-2.yaml", box("box-2", "card-a", 2));
  data.write("hwdb/systems/box-4-nv.yaml", box("box-4-nv", "card-a", 4, "nvlink-a"));
  data.write("hwdb/links/pcie-a.yaml", link("pcie-a", "25 GB/s", "8 us"));
  data.write("hwdb/links/nvlink-a.yaml", link("nvlink-a", "200 GB/s", "3 us"));
  data.write("hwdb/links/ether-a.yaml", wire("ether-a", "1 GB/s", "40 us", "switched"));
  data.write("hwdb/links/cable-a.yaml", wire("cable-a", "4 GB/s", "20 us", "cable"));
  data.write("hwdb/links/verbs-a.yaml",
             wire("verbs-a", "5 GB/s", "6 us", "cable", "forwarded: false\n"));
  data.write("hwdb/os/macos.yaml", macos);
  data.write("hwdb/os/linux.yaml", linux_os);
  data.write("hwdb/engines/llama.cpp.yaml",
             engine("llama.cpp", "gguf", "layer_split, row_split, cpu_layers, cpu_experts",
                    "host_embedding: true\nremote:\n  parallelism: [layer_split]\n"
                    "  through_first: true\n"
                    "  hop_overhead: {value: 1 ms, source: S, status: measured}\n",
                    backend("cuda", "gpu", true) + backend("metal", "gpu", true) +
                        backend("cpu", "cpu", false)));
  data.write("hwdb/engines/serve.yaml",
             engine("serve", "safetensors", "tensor_parallel",
                    "host_embedding: false\nmax_batch: 64\nmemory_fraction: {value: 0.9, source: "
                    "S, status: datasheet}\n",
                    backend("cuda", "gpu", false)));
  data.write("hwdb/quantizations/q16.yaml", quantization("q16", "gguf", "F16", "16"));
  data.write("hwdb/quantizations/q8.yaml", quantization("q8", "gguf", "Q8", "8.5"));
  data.write("hwdb/quantizations/s16.yaml",
             quantization("s16", "safetensors", "F16", "16", "counterparts: {gguf: q16}\n"));
  data.write("hwdb/quantizations/only-s.yaml", quantization("only-s", "safetensors", "F16", "16"));
  data.write("hwdb/formats.yaml", R"(kind: formats
formats:
  F16: {block: 1, bytes: 2, kernel_family: f16}
  Q8: {block: 32, bytes: 34, kernel_family: q8}
source: S
)");
  data.write("hwdb/roofs.yaml", R"(kind: roofs
memory:
  hbm: {value: 0.8, range: [0.7, 0.9], source: S, status: measured}
matrix:
  acme: {value: 0.6, range: [0.5, 0.7], source: S, status: measured}
)");
  data.write("hwdb/sources.yaml", "kind: sources\nsources:\n  S: \"https://example.org/s\"\n");
  data.write("models/dense.yaml", dense_model);
  data.write("models/moe.yaml", moe_model);
  data.write("models/tied.yaml", tied_model);
}

}  // namespace small_world

// The small world on disk with its catalogue.
class SmallWorld : public CatalogFixture {
 public:
  SmallWorld() { small_world::write(data); }
};

inline ScenarioSpec spec_of(const std::vector<std::pair<std::string, std::string>>& options,
                            const std::vector<std::string>& overrides = {}) {
  return scenario_from_options(options, overrides);
}

inline std::string all_texts(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& item : diagnostics.sorted()) text += to_text(item) + "\n";
  return text;
}

// Resolves, failing the test on any error.
inline Scenario resolved(const ScenarioSpec& spec, Catalog& catalog) {
  Diagnostics diagnostics;
  std::optional<Scenario> scenario = resolve(spec, catalog, diagnostics);
  INFO(all_texts(diagnostics));
  REQUIRE(scenario.has_value());
  return std::move(*scenario);
}

}  // namespace plimsoll
