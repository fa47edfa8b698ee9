// Data folders made for one test, filled with the smallest valid entry of each kind.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include "base/diagnostic.h"
#include "catalog/catalog.h"

namespace plimsoll {

// A valid text with `from` replaced by `to` is refused for `code`.
struct Mistake {
  std::string from;
  std::string to;  // '@' may mark where the complaint stands
  std::string code;
};

inline const std::string valid_device = R"(kind: device
id: card-a
name: Card A
names: [Card Alpha]
vendor: acme
architecture: first
year: 2024
form: card
backends: [cuda]
units:
  - kind: gpu
    name: GA
    cores: 100
    rates:
      fp16: {peak: {value: 100 TFLOP/s, source: S, status: datasheet}}
    memory_reached: {value: 0.9 TB/s, source: S, status: measured}
memory:
  type: HBM3
  bus_bits: 4096
  megatransfers_per_second: 2000
  capacity: {value: 80 GiB, source: S, status: datasheet}
  bandwidth: {value: 1 TB/s, range: [0.9 TB/s, 1.1 TB/s], source: S, status: datasheet}
  roof_class: hbm
host_link: link-a
)";

inline const std::string valid_system = R"(kind: system
id: box-a
name: Box A
year: 2024
os: os-a
parts:
  - {device: card-a, count: 2, peer_link: link-a}
host: {memory: 64 GiB}
storage:
  - {drive: drive-a, size: 1 TB}
ports: [link-a]
)";

// Four boxes on a switch; needs valid_wire beside the entries of write_all().
inline const std::string valid_cluster = R"(kind: cluster
id: rack-a
name: Rack A
nodes:
  - {id: head, system: box-a}
  - {id: worker, system: box-a, count: 3}
switches:
  - {id: hub}
links:
  - {from: head, to: hub, link: wire-a, count: 2}
  - {from: worker, to: hub, link: wire-a}
)";

inline const std::string valid_wire = R"(kind: link
id: wire-a
name: Wire A
scope: between_hosts
raw: {value: 1 GB/s, source: S, status: datasheet}
reached: {value: 0.9 GB/s, source: S, status: measured}
latency: {value: 40 us, source: S, status: measured}
)";

inline const std::string valid_storage = R"(kind: storage
id: drive-a
name: Drive A
interface: PCIe 4.0 x4
sequential_read: {value: 7 GB/s, source: S, status: datasheet}
random_reads:
  - {block: 256 KiB, queue_depth: 1, rate: {value: 1 GB/s, source: S, status: measured}}
)";

inline const std::string valid_link = R"(kind: link
id: link-a
name: Link A
scope: inside_host
raw: {value: 32 GB/s, source: S, status: datasheet}
reached: {value: 26 GB/s, source: S, status: measured}
latency: {value: 2 us, source: S, status: measured}
full_duplex: true
)";

inline const std::string valid_os = R"(kind: os
id: os-a
name: OS A
reserved: {value: 4 GiB, source: S, status: measured}
gpu_shares:
  - {up_to: 16 GiB, share: {value: 0.7, source: S, status: measured}}
  - {up_to: 64 GiB, share: {value: 0.8, source: S, status: measured}}
)";

inline const std::string valid_engine = R"(kind: engine
id: engine-a
name: Engine A
version: 1 to 2
weight_families: [gguf]
default_quantizations: [q-a]
kv_formats: [F16]
parallelism: [layer_split]
prefill_chunk: 512
context_granule: 256
window_cache: true
flash_attention: true
logits_for_all: true
message_overhead: {value: 10 us, source: S, status: measured}
source: S
backends:
  - id: cuda
    unit: gpu
    issue: {value: 2 us, source: S, status: fitted}
    captured_graph: true
    gap: {value: 1 us, source: S, status: fitted}
    step_overhead: {value: 200 us, source: S, status: fitted}
    fused: [activation, norm]
    bandwidth: {default: {value: 0.8, source: S, status: fitted}, kquant: {value: 0.7, source: S, status: fitted}}
    expert_bandwidth: {value: 0.7, source: S, status: fitted}
    attention_bandwidth: {value: 0.6, source: S, status: fitted}
    vector_bandwidth: {value: 0.6, source: S, status: fitted}
    matrix_vector_rows: 8
    matrix:
      - {families: [default], precisions: [fp16], efficiency: {value: 0.5, source: S, status: fitted}, half_rows: 32}
    attention_compute: {value: 0.3, source: S, status: fitted}
    decode_spread: {value: 0.15, source: S, status: fitted}
    prefill_spread: {value: 0.3, source: S, status: fitted}
    device_overhead: {value: 400 MiB, source: S, status: measured}
)";

inline const std::string valid_quantization = R"(kind: quantization
id: q-a
name: Q_A
family: gguf
default_format: F16
vector_format: F16
quality_rank: 50
nominal_bits: 16
recipe: exact
source: S
rules:
  - {tensors: [output], format: F16}
  - {tensors: [ffn_down], layers: first n/8, when: {experts: 8, current: F16}, format: F16}
)";

inline const std::string valid_model = R"(kind: model
id: model-a
name: Model A
family: llama
source: S
native_format: q-a
hidden: 64
vocab: 1000
max_context: 4096
tied_embeddings: false
attention: {kind: gqa, heads: 8, kv_heads: 2, head_dim: 8}
window: 128
linear: {k_heads: 2, k_dim: 8, v_heads: 4, v_dim: 8, conv_kernel: 4}
ffn: {width: 256}
moe: {experts: 8, experts_per_token: 2, expert_width: 128}
layers:
  count: 8
  leading: [{attention: full, ffn: dense}]
  pattern:
    - {attention: windowed, ffn: moe, times: 2}
    - {attention: linear, ffn: moe}
)";

inline const std::string valid_formats = R"(kind: formats
formats:
  F16: {block: 1, bytes: 2, kernel_family: f16}
  Q4_K: {block: 256, bytes: 144, kernel_family: kquant, fallback: F16}
source: S
)";

inline const std::string valid_roofs = R"(kind: roofs
memory:
  hbm: {value: 0.9, source: S, status: measured}
matrix:
  acme: {value: 0.8, source: S, status: measured}
)";

inline const std::string valid_sources = R"(kind: sources
sources:
  S: "https://example.org/s: a test"
  T: "https://example.org/t"
)";

class DataFixture {
 public:
  DataFixture() {
    std::string pattern = (std::filesystem::temp_directory_path() / "catalog-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~DataFixture() { std::filesystem::remove_all(root_); }
  DataFixture(const DataFixture&) = delete;
  DataFixture& operator=(const DataFixture&) = delete;

  // Writes root/path, for example "hwdb/devices/x.yaml".
  std::string write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root_ / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
  }
  void write_all() const {
    write("hwdb/devices/card-a.yaml", valid_device);
    write("hwdb/systems/box-a.yaml", valid_system);
    write("hwdb/storage/drive-a.yaml", valid_storage);
    write("hwdb/links/link-a.yaml", valid_link);
    write("hwdb/os/os-a.yaml", valid_os);
    write("hwdb/engines/engine-a.yaml", valid_engine);
    write("hwdb/quantizations/q-a.yaml", valid_quantization);
    write("hwdb/formats.yaml", valid_formats);
    write("hwdb/roofs.yaml", valid_roofs);
    write("hwdb/sources.yaml", valid_sources);
    write("models/model-a.yaml", valid_model);
  }
  const std::filesystem::path& root() const { return root_; }
  DataFolders folders(const std::string& below = {}) const {
    return {.hwdb = root_ / below / "hwdb", .models = root_ / below / "models"};
  }
  std::vector<DataFolders> only() const { return std::vector<DataFolders>(1, folders()); }

 private:
  std::filesystem::path root_;
};

// Files and the catalogue over them, which is opened at first use, so that a test may add or change
// files before.
class CatalogFixture {
 public:
  Catalog& catalog() {
    if (!catalog_) catalog_ = std::make_unique<Catalog>(data.only());
    return *catalog_;
  }

  DataFixture data;

 private:
  std::unique_ptr<Catalog> catalog_;
};

// The text with its one occurrence of `from` replaced; fails the test when there is not exactly
// one.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos || text.find(from, at + 1) != std::string::npos) {
    throw std::logic_error("not exactly one '" + from + "'");
  }
  return text.replace(at, from.size(), to);
}

// A text in which '@' stands before the character where a complaint is expected.
struct MarkedText {
  explicit MarkedText(const std::string& marked) : text(marked) {
    const std::size_t at = text.find('@');
    if (at == std::string::npos) throw std::logic_error("no mark in the text");
    text.erase(at, 1);
    for (std::size_t i = 0; i < at; ++i) {
      column = text[i] == '\n' ? 1 : column + 1;
      line += text[i] == '\n';
    }
  }
  std::string text;
  int line = 1;
  int column = 1;
};

// "code line:column" of each problem, sorted by place.
inline std::vector<std::string> codes_and_places(const Diagnostics& diagnostics) {
  std::vector<std::string> result;
  for (const Diagnostic& item : diagnostics.sorted()) {
    result.push_back(item.code + " " + std::to_string(item.place.line) + ":" +
                     std::to_string(item.place.column));
  }
  return result;
}

}  // namespace plimsoll
