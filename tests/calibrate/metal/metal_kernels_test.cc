// The Metal kernels' very sources, run on the CPU with all threads of a threadgroup at once,
// against the references; and what the backend offers.
#include <algorithm>
#include <set>

#include "calibrate/gpu/cpu_kernels.h"
#include "calibrate/metal/buffer_table.h"
#include "metal_rig.h"
#include "support/catch.h"

namespace plimsoll::calibrate {
namespace {

void require_right(const std::string& family, const std::string& format, const std::string& variant,
                   const std::map<std::string, std::int64_t>& shape) {
  MetalRig rig;
  const KernelCheck check = rig.check(family, format, variant, shape);
  CAPTURE(family, format, variant, shape, check.why, check.worst_error, check.allowed);
  REQUIRE(check.right);
}

}  // namespace

TEST_CASE("metal kernels: matrix-vector products of all formats are right", "[metal]") {
  const auto format =
      GENERATE(as<std::string>{}, "f16", "bf16", "q8_0", "q4_0", "mxfp4", "q4_k", "q6_k");
  // Not a multiple of the rows of a threadgroup, and some lanes have one part more than others.
  require_right("matrix_vector", format, "", {{"rows", 22}, {"columns", 1280}});
}

TEST_CASE("metal kernels: matrix-vector products of affine groups are right", "[metal]") {
  const auto format = GENERATE(as<std::string>{}, "affine4", "affine2");
  const auto form =
      GENERATE(as<std::string>{}, "dequantize", "fused_multiply_add", "sum_per_group");
  require_right("matrix_vector", format, form, {{"rows", 13}, {"columns", 1152}});
}

TEST_CASE("metal kernels: reading, copying and triad are right", "[metal]") {
  require_right("read", "", "", {{"bytes", 1 << 16}});
  require_right("copy", "", "", {{"bytes", 1 << 16}});
  require_right("copy", "", "driver", {{"bytes", 1 << 16}});
  require_right("triad", "", "", {{"bytes", 1 << 16}});
}

TEST_CASE("metal kernels: the small operators of a layer are right", "[metal]") {
  require_right("swiglu", "f16", "", {{"tokens", 3}, {"width", 776}});
  require_right("rms_norm", "f16", "", {{"tokens", 2}, {"width", 2056}});
  require_right("rope", "f16", "", {{"heads", 9}});
  require_right("router", "f32", "", {{"tokens", 6}, {"experts", 130}, {"chosen", 8}});
  require_right("expert_combine", "f16", "", {{"tokens", 3}, {"width", 520}, {"chosen", 5}});
  require_right("quantize_activations", "q8_0", "", {{"tokens", 3}, {"width", 544}});
  require_right("delta_net", "f32", "", {{"key_heads", 2}, {"value_heads", 4}, {"value_dim", 32}});
}

TEST_CASE("metal kernels: decode attention is right for whole and broken tiles", "[metal]") {
  const auto format = GENERATE(as<std::string>{}, "f16", "q8");
  const auto heads = GENERATE(1, 4, 8);
  const auto context = GENERATE(1, 150);
  require_right("decode_attention", format, "",
                {{"heads", heads}, {"kv_heads", 1}, {"context", context}});
}

TEST_CASE("metal kernels: matrix-matrix products are right", "[metal]") {
  require_right("matrix_matrix", "f16", "own", {{"m", 128}, {"n", 256}, {"k", 48}});
  require_right("matrix_matrix", "f16", "FakeBLAS", {{"m", 5}, {"n", 70}, {"k", 96}});
}

TEST_CASE("metal kernels: experts with few tokens each are right", "[metal]") {
  const auto tokens = GENERATE(1, 11);
  require_right("expert_matrix_matrix", "f16", "",
                {{"experts", 3}, {"tokens_per_expert", tokens}, {"rows", 32}, {"columns", 320}});
}

TEST_CASE("metal kernels: every launch leaves its trace once", "[metal]") {
  std::uint32_t counter = 0;
  std::uint32_t* address = &counter;
  void* arguments[] = {&address};
  const LaunchShape shape{.blocks = 2, .threads = 64};
  for (int i = 0; i < 3; ++i) cpu_device::cpu_kernels().at("count_launch")(shape, arguments);
  CHECK(counter == 3);
}

TEST_CASE("metal kernels: they are the same as in CUDA and HIP, and all run on the CPU",
          "[metal]") {
  const auto names = [](const std::vector<KernelSource>& sources) {
    std::set<std::string> all;
    for (const KernelSource& source : sources)
      all.insert(source.kernels.begin(), source.kernels.end());
    return all;
  };
  std::set<std::string> runnable;
  for (const auto& [name, kernel] : cpu_device::cpu_kernels()) runnable.insert(name);
  CHECK(names(metal_kernel_sources()) == names(kernel_sources()));
  CHECK(names(metal_kernel_sources()) == runnable);
}

// Families that Metal has no use for: copies to a device that has the host's memory, captured
// graphs, Apple's library with bf16.
TEST_CASE("metal backend: offers what a device with unified memory has", "[metal]") {
  MetalRig rig;
  rig.state->device_bytes = std::size_t{128} << 30;
  REQUIRE(rig.backends.size() == 1);
  Backend& backend = *rig.backends.front();
  CHECK(backend.id() == "metal");
  CHECK(backend.version() == "macOS 14.5, FakeRTC 1.0, FakeBLAS");
  CHECK(backend.state().throttled);
  std::set<std::string> families;
  for (const KernelCase& each : backend.cases(Depth::quick)) {
    families.insert(each.family);
    CHECK_FALSE((each.family == "dispatch" && each.variant == "graph"));
    CHECK_FALSE((each.variant == "FakeBLAS" && each.format == "bf16"));
  }
  CHECK(families == std::set<std::string>{"read", "copy", "triad", "dispatch", "matrix_vector",
                                          "swiglu", "rms_norm", "rope", "router", "expert_combine",
                                          "quantize_activations", "delta_net", "decode_attention",
                                          "expert_matrix_matrix", "matrix_matrix"});
}

#if !defined(__APPLE__)
TEST_CASE("metal backend: elsewhere it says what it needs", "[metal]") {
  std::vector<std::string> unseen;
  CHECK(metal_backends(unseen).empty());
  CHECK(unseen == std::vector<std::string>{"metal: needs macOS"});
}
#endif

TEST_CASE("metal backend: addresses are found in their buffers", "[metal]") {
  BufferTable<std::string> table;
  table.add(0x1000, 0x100, "first");
  table.add(0x1100, 0x10, "second");
  REQUIRE(table.find(0x1000, 1));
  CHECK(*table.find(0x10ff, 1)->buffer == "first");
  CHECK(table.find(0x10ff, 1)->offset == 0xff);
  CHECK(*table.find(0x1100, 0x10)->buffer == "second");
  CHECK_FALSE(table.find(0x10ff, 2));  // reaches over the end
  CHECK_FALSE(table.find(0xfff, 1));
  CHECK_FALSE(table.find(0x1110, 1));
  CHECK(table.remove(0x1000));
  CHECK_FALSE(table.remove(0x1000));
  CHECK_FALSE(table.find(0x1000, 1));
}

}  // namespace plimsoll::calibrate
