// The kernels' very sources, run on the CPU through the fake driver: results against the
// references, call by call what is asked of the driver, and every call failing in turn.
#include <algorithm>
#include <set>

#include "calibrate/gpu/device_kernel.h"
#include "calibrate/gpu/gpu_backend.h"
#include "calibrate/gpu/kernel_sources.h"
#include "calibrate/kernel_failure.h"
#include "calibrate/storage/storage_backend.h"
#include "cli/run_program.h"
#include "cpu_kernels.h"
#include "fake_driver.h"
#include "support/catch.h"

namespace plimsoll::calibrate {
namespace {

struct Rig {
  explicit Rig(int devices = 1, const std::string& id = "hip") {
    GpuSoftware software{
        .driver = std::make_shared<const GpuDriver>(fake_driver(state, id, devices)),
        .matmuls = {fake_matmul(state)},
        .collectives = fake_collectives(state)};
    backends = gpu_backends(software, unseen);
  }

  KernelCheck check(const KernelCase& kernel_case) {
    return backends.front()->make(kernel_case)->check();
  }

  std::shared_ptr<FakeState> state = std::make_shared<FakeState>();
  std::vector<std::string> unseen;
  std::vector<std::unique_ptr<Backend>> backends;
};

KernelCase small_case(const std::string& family, const std::string& format,
                      const std::string& variant, std::map<std::string, std::int64_t> shape) {
  // So many bytes that few copies of the operands rotate.
  return {.family = family,
          .format = format,
          .variant = variant,
          .shape = std::move(shape),
          .work = {.bytes = 0x1p23}};
}

void require_right(const KernelCase& kernel_case) {
  Rig rig;
  const KernelCheck check = rig.check(kernel_case);
  CAPTURE(kernel_case.family, kernel_case.format, kernel_case.variant, kernel_case.shape, check.why,
          check.worst_error, check.allowed);
  REQUIRE(check.right);
}

}  // namespace

TEST_CASE("gpu kernels: matrix-vector products of all formats are right", "[gpu]") {
  const auto format = GENERATE(as<std::string>{}, "f16", "bf16", "q8_0", "q4_0", "mxfp4");
  // Not a multiple of the rows of a block, and columns that end within a chunk of 2048.
  require_right(small_case("matrix_vector", format, "", {{"rows", 19}, {"columns", 2560}}));
}

TEST_CASE("gpu kernels: matrix-vector products of super-blocks are right", "[gpu]") {
  const auto format = GENERATE(as<std::string>{}, "q4_k", "q6_k");
  require_right(small_case("matrix_vector", format, "", {{"rows", 19}, {"columns", 2560}}));
}

TEST_CASE("gpu kernels: matrix-vector products of affine groups are right in all forms", "[gpu]") {
  const auto format = GENERATE(as<std::string>{}, "affine4", "affine2");
  const auto form =
      GENERATE(as<std::string>{}, "dequantize", "fused_multiply_add", "sum_per_group");
  require_right(small_case("matrix_vector", format, form, {{"rows", 13}, {"columns", 1152}}));
}

TEST_CASE("gpu kernels: reading, copying and triad are right", "[gpu]") {
  require_right(small_case("read", "", "", {{"bytes", 1 << 18}}));
  require_right(small_case("copy", "", "", {{"bytes", 1 << 17}}));
  require_right(small_case("copy", "", "driver", {{"bytes", 1 << 17}}));
  require_right(small_case("triad", "", "", {{"bytes", 1 << 17}}));
}

TEST_CASE("gpu kernels: the small operators of a layer are right", "[gpu]") {
  require_right(small_case("swiglu", "f16", "", {{"tokens", 3}, {"width", 776}}));
  require_right(small_case("rms_norm", "f16", "", {{"tokens", 2}, {"width", 2056}}));
  require_right(small_case("rope", "f16", "", {{"heads", 9}}));
  require_right(small_case("router", "f32", "", {{"tokens", 6}, {"experts", 130}, {"chosen", 8}}));
  require_right(
      small_case("expert_combine", "f16", "", {{"tokens", 3}, {"width", 520}, {"chosen", 5}}));
  require_right(small_case("quantize_activations", "q8_0", "", {{"tokens", 3}, {"width", 544}}));
  require_right(small_case("delta_net", "f32", "",
                           {{"key_heads", 2}, {"value_heads", 4}, {"value_dim", 32}}));
}

TEST_CASE("gpu kernels: decode attention is right for whole and broken tiles", "[gpu]") {
  const auto format = GENERATE(as<std::string>{}, "f16", "q8");
  const auto heads = GENERATE(2, 8, 16);  // 1, 4 and 8 to a cache
  const auto context = GENERATE(1, 64, 300);
  require_right(small_case("decode_attention", format, "",
                           {{"heads", heads}, {"kv_heads", 2}, {"context", context}}));
}

TEST_CASE("gpu kernels: matrix-matrix products are right", "[gpu]") {
  require_right(small_case("matrix_matrix", "f16", "own", {{"m", 128}, {"n", 256}, {"k", 48}}));
  const auto format = GENERATE(as<std::string>{}, "f16", "bf16");
  require_right(small_case("matrix_matrix", format, "FakeBLAS", {{"m", 5}, {"n", 70}, {"k", 96}}));
}

TEST_CASE("gpu kernels: experts with few tokens each are right", "[gpu]") {
  const auto tokens = GENERATE(1, 8, 11);
  require_right(
      small_case("expert_matrix_matrix", "f16", "",
                 {{"experts", 3}, {"tokens_per_expert", tokens}, {"rows", 64}, {"columns", 320}}));
}

TEST_CASE("gpu kernels: copies between host and device arrive", "[gpu]") {
  const auto variant = GENERATE(as<std::string>{}, "pinned to the device", "pinned to the host",
                                "pageable to the device", "pageable to the host");
  require_right(small_case("host_copy", "", variant, {{"bytes", 1 << 20}}));
}

TEST_CASE("gpu kernels: two devices copy to one another and reduce", "[gpu]") {
  Rig rig(2);
  REQUIRE(rig.backends.size() == 2);
  CHECK(rig.check(small_case("peer_copy", "", "0 to 1", {{"to", 1}, {"bytes", 4096}})).right);
  CHECK(rig.check(small_case("all_reduce", "f16", "", {{"devices", 2}, {"bytes", 4096}})).right);
  const auto& calls = rig.state->calls;
  CHECK(std::count(calls.begin(), calls.end(), "copy_to_peer") == 1);
  CHECK(std::count(calls.begin(), calls.end(), "all_reduce of 2") == 1);
  // The first device's backend has them, the second's has not.
  const auto families = [](Backend& backend) {
    std::set<std::string> names;
    for (const KernelCase& each : backend.cases(Depth::quick)) names.insert(each.family);
    return names;
  };
  CHECK(families(*rig.backends[0]).count("all_reduce") == 1);
  CHECK(families(*rig.backends[1]).count("all_reduce") == 0);
}

TEST_CASE("gpu kernels: every kernel of the sources runs on the CPU", "[gpu]") {
  std::set<std::string> named;
  for (const KernelSource& source : kernel_sources())
    named.insert(source.kernels.begin(), source.kernels.end());
  std::set<std::string> runnable;
  for (const auto& [name, kernel] : cpu_device::cpu_kernels()) runnable.insert(name);
  CHECK(named == runnable);
}

TEST_CASE("gpu backend: every family of the issue is offered, quick within full", "[gpu]") {
  Rig rig(2);
  rig.state->device_bytes = std::size_t{80} << 30;
  const auto quick = rig.backends.front()->cases(Depth::quick);
  const auto full = rig.backends.front()->cases(Depth::full);
  std::set<std::string> families;
  for (const KernelCase& each : quick) families.insert(each.family);
  CHECK(families == std::set<std::string>{"read", "copy", "triad", "dispatch", "matrix_vector",
                                          "swiglu", "rms_norm", "rope", "router", "expert_combine",
                                          "quantize_activations", "delta_net", "decode_attention",
                                          "expert_matrix_matrix", "matrix_matrix", "host_copy",
                                          "peer_copy", "all_reduce"});
  CHECK(quick.size() < full.size());
  for (const KernelCase& each : full) {
    const double work = each.by_flop ? each.work.flop : each.work.bytes + each.work.items;
    CHECK(work > 0.0);
  }
}

TEST_CASE("gpu kernels: a launch is timed by events, many of them as a graph", "[gpu]") {
  Rig rig;
  const auto kernel = rig.backends.front()->make(small_case("rope", "f16", "", {{"heads", 1}}));
  REQUIRE(kernel->check().right);
  rig.state->calls.clear();
  CHECK(kernel->run(3) > 0.0);
  CHECK(rig.state->calls == std::vector<std::string>{"use_device", "record_event", "launch",
                                                     "launch", "launch", "record_event",
                                                     "wait_event", "elapsed"});
  rig.state->calls.clear();
  CHECK(kernel->run(70) > 0.0);  // two graphs of 32, and six more
  const auto& calls = rig.state->calls;
  CHECK(std::count(calls.begin(), calls.end(), "begin_capture") == 1);
  CHECK(std::count(calls.begin(), calls.end(), "launch_graph") == 2);
  CHECK(std::count(calls.begin(), calls.end(), "launch") == 32 + 6);
}

TEST_CASE("gpu kernels: a driver that cannot capture is launched one by one", "[gpu]") {
  const auto state = std::make_shared<FakeState>();
  GpuDriver driver = fake_driver(state, "hip", 1);
  driver.end_capture = [inner = driver.end_capture](DriverHandle stream, DriverHandle* graph) {
    inner(stream, graph);
    return 900;
  };
  std::vector<std::string> unseen;
  const auto backends = gpu_backends({.driver = std::make_shared<const GpuDriver>(driver)}, unseen);
  const auto kernel = backends.front()->make(small_case("rope", "f16", "", {{"heads", 1}}));
  CHECK(kernel->run(40) > 0.0);
  CHECK(kernel->check().right);
}

TEST_CASE("gpu kernels: all memory and handles go back", "[gpu]") {
  Rig rig;
  {
    const auto kernel = rig.backends.front()->make(
        small_case("matrix_vector", "q4_0", "", {{"rows", 16}, {"columns", 512}}));
    kernel->run(64);
  }
  CHECK(rig.state->memory.empty());
  rig.backends.clear();
  CHECK(rig.state->handles.empty());
}

TEST_CASE("gpu backend: no driver, no device, and one that refuses are told", "[gpu]") {
  std::vector<std::string> unseen;
  const auto state = std::make_shared<FakeState>();
  CHECK(gpu_backends({.driver = std::make_shared<const GpuDriver>(fake_driver(state, "cuda", 0))},
                     unseen)
            .empty());
  CHECK(unseen == std::vector<std::string>{"cuda: the driver knows of no device"});
  unseen.clear();
  GpuDriver refusing = fake_driver(state, "hip", 1);
  refusing.init = [] { return 101; };
  CHECK(gpu_backends({.driver = std::make_shared<const GpuDriver>(refusing)}, unseen).empty());
  CHECK(unseen == std::vector<std::string>{"hip: init: FAKE_ERROR (101)"});
}

TEST_CASE("gpu backend: this machine's libraries are opened without harm", "[gpu]") {
  std::vector<std::string> unseen;
  const auto cuda = cuda_backends(unseen);
  const auto hip = hip_backends(unseen);
  // Either devices or a line that says why there are none.
  CHECK((!cuda.empty() || std::any_of(unseen.begin(), unseen.end(), [](const std::string& line) {
    return line.starts_with("cuda: ");
  })));
  CHECK((!hip.empty() || std::any_of(unseen.begin(), unseen.end(), [](const std::string& line) {
    return line.starts_with("hip: ");
  })));
}

TEST_CASE("gpu kernels: a drive is read while they run", "[gpu][storage]") {
  const plimsoll::test::TemporaryFolder folder;
  Rig rig(1, "cuda");
  rig.state->device_bytes = std::size_t{8} << 20;
  const auto storage = make_storage_backend({.folder = folder.path(""),
                                             .computing = {rig.backends.front().get()},
                                             .uring = false,
                                             .file_bytes = std::int64_t{16} << 20});
  std::vector<KernelCase> beside = storage->cases(Depth::quick);
  std::erase_if(beside, [](const KernelCase& each) { return each.family != "storage_contention"; });
  if (beside.empty()) {
    WARN("no direct reads here");
    return;
  }
  REQUIRE(beside.size() == 4);  // without reads, at two rates, and as fast as they go
  for (const KernelCase& each : beside) CHECK(each.variant.starts_with("cuda copy, "));
  const auto kernel = storage->make(beside.back());
  CHECK(kernel->check().right);
  CHECK(kernel->run(1) > 0.0);
}

// Whatever fails, the failure names the call, nothing is leaked, and nothing crashes.
TEST_CASE("gpu kernels: a driver that fails each call in turn", "[gpu]") {
  const auto family = GENERATE(as<std::string>{}, "rope", "dispatch", "host_copy", "peer_copy");
  const std::map<std::string, KernelCase> cases{
      {"rope", small_case("rope", "f16", "", {{"heads", 1}})},
      {"dispatch", small_case("dispatch", "", "graph", {})},
      {"host_copy", small_case("host_copy", "", "pinned to the host", {{"bytes", 1 << 22}})},
      {"peer_copy", small_case("peer_copy", "", "0 to 1", {{"to", 1}, {"bytes", 256}})}};
  bool reached_the_end = false;
  for (int failing = 0; failing < 2000 && !reached_the_end; ++failing) {
    const auto state = std::make_shared<FakeState>();
    const auto made = std::make_shared<int>(0);
    std::vector<std::string> unseen;
    bool failed = false;
    {
      const auto driver = std::make_shared<const GpuDriver>(
          failing_driver(fake_driver(state, "cuda", 2), failing, made));
      const auto backends = gpu_backends({.driver = driver}, unseen);
      if (backends.size() == 2) {
        try {
          const auto kernel = backends.front()->make(cases.at(family));
          failed = !kernel->check().right;
          kernel->run(40);
        } catch (const KernelFailure& failure) {
          failed = true;
          CAPTURE(failure.what());
          CHECK(std::string(failure.what()).find(": FAKE_ERROR (") != std::string::npos);
        }
      }
    }
    reached_the_end = *made <= failing;
    CAPTURE(family, failing, failed, unseen);
    // When the call that failed gives something back, that one thing stays.
    const std::size_t kept = state->memory.size() + state->handles.size();
    CHECK(kept <= (reached_the_end ? 0U : 1U));
  }
  CHECK(reached_the_end);
}

}  // namespace plimsoll::calibrate
