// Results of other programs, each in the form that the program documents.

#include "calibrate/import_results.h"

#include <cmath>

#include "base/output_file.h"
#include "base/rng.h"
#include "calibrate/json_tree.h"
#include "calibrate/tool_results.h"
#include "cli/run_program.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::calibrate;

namespace {

Catalog& shipped_catalog() {
  static Catalog catalog({find_data_folders({}, PLIMSOLL_SOURCE_DIR)});
  return catalog;
}

Profile imported(const std::string& text) {
  Diagnostics diagnostics;
  auto profile = import_text(text, "results", "2026-06-01", shipped_catalog(), diagnostics);
  for (const Diagnostic& each : diagnostics.sorted()) UNSCOPED_INFO(to_text(each));
  REQUIRE(profile);
  return *profile;
}

std::vector<Diagnostic> refused(const std::string& text) {
  Diagnostics diagnostics;
  CHECK_FALSE(import_text(text, "results", "2026-06-01", shipped_catalog(), diagnostics));
  CHECK(diagnostics.has_errors());
  return diagnostics.sorted();
}

// llama.cpp, tools/llama-bench/README.md, "JSON".
std::string llama_test(int prompt, int generated, const std::string& samples_ns) {
  return R"({"build_commit": "8cf427ff", "build_number": 5163, "cpu_info": "AMD Ryzen 7 7800X3D 8-Core Processor",
    "gpu_info": "NVIDIA GeForce RTX 4080", "backends": "CUDA", "model_filename": "m.gguf",
    "model_type": "qwen2 7B Q4_K - Medium", "model_size": 4677120000, "model_n_params": 7615616512,
    "n_batch": 2048, "n_ubatch": 512, "n_threads": 8, "type_k": "f16", "type_v": "f16",
    "n_gpu_layers": 99, "flash_attn": false, "n_prompt": )" +
         std::to_string(prompt) + ", \"n_gen\": " + std::to_string(generated) +
         R"(, "n_depth": 0, "test_time": "2025-04-24T11:58:50Z", "avg_ns": 72135640, "stddev_ns": 1453752,
    "avg_ts": 7100.002165, "stddev_ts": 140.341520, "samples_ns": [ )" +
         samples_ns + " ], \"samples_ts\": [ 1.0 ]}";
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

constexpr const char* backend_ops_output = R"(ggml_cuda_init: found 1 CUDA devices:
Testing 2 devices

Backend 1/2: CUDA0
  Device description: NVIDIA GeForce RTX 3090
  Device memory: 24135 MB (23886 MB free)

  MUL_MAT(type_a=q4_0,type_b=f32,m=4096,n=1,k=14336,bs=[1,1],nr=[1,1],per=[0,1,2,3],v=0):              11076 runs -    95.15 us/run - 117.44 MFLOP/run -   1.23 TFLOPS
  MUL_MAT(type_a=q4_0,type_b=f32,m=4096,n=512,k=14336,bs=[1,1],nr=[1,1],per=[0,1,2,3],v=0):                94 runs - 11000.00 us/run -  60.13 GFLOP/run -   5.47 TFLOPS
  ADD(type=f32,ne=[4096,1,1,1],nr=[1,1,1,1],nf=1):                   32768 runs -    40.00 us/run -       48 kB/run -    1.14 GB/s
  Backend CUDA0: OK
Backend 2/2: CPU
  Skipping CPU backend
)";

// fio HOWTO, "JSON output"; the lines before it come with --output-format=json on a terminal.
constexpr const char* fio_output =
    R"(reads: (g=0): rw=randread, bs=(R) 256KiB-256KiB, ioengine=io_uring, iodepth=8
fio-3.33
Starting 1 process
{
  "fio version" : "fio-3.33",
  "timestamp" : 1705123456,
  "global options" : { "rw" : "randread", "ioengine" : "io_uring", "direct" : "1", "iodepth" : "8", "filename" : "/mnt/x" },
  "jobs" : [
    {
      "jobname" : "small", "error" : 0,
      "job options" : { "name" : "small", "bs" : "4k" },
      "read" : { "io_bytes" : 40960000, "bw_bytes" : 409600000, "bw" : 400000, "iops" : 100000.0, "bw_mean" : 400000.0, "bw_dev" : 8000.0, "bw_samples" : 20 },
      "write" : { "io_bytes" : 0, "bw_bytes" : 0, "bw_mean" : 0.0, "bw_dev" : 0.0, "bw_samples" : 0 }
    },
    {
      "jobname" : "large", "error" : 0,
      "job options" : { "name" : "large", "bs" : "1M" },
      "read" : { "io_bytes" : 1, "bw_bytes" : 2097152000, "bw_mean" : 2048000.0, "bw_dev" : 0.0, "bw_samples" : 20 }
    },
    { "jobname" : "mixed", "error" : 0, "job options" : { "bs" : "4k-64k" }, "read" : { "bw_bytes" : 1 } },
    { "jobname" : "broken", "error" : 5, "job options" : { "bs" : "4k" }, "read" : { "bw_bytes" : 1 } }
  ]
}
)";

constexpr const char* iperf3_output = R"({
	"start":	{
		"version":	"iperf 3.12",
		"connecting_to":	{ "host":	"10.0.0.2", "port":	5201 },
		"test_start":	{ "protocol":	"TCP", "num_streams":	4, "blksize":	131072, "omit":	1, "duration":	3, "reverse":	0 }
	},
	"intervals":	[
		{ "sum":	{ "bits_per_second":	1e9, "omitted":	true, "sender":	true } },
		{ "sum":	{ "bits_per_second":	9e9, "omitted":	false, "sender":	true } },
		{ "sum":	{ "bits_per_second":	9.5e9, "omitted":	false, "sender":	true } },
		{ "sum":	{ "bits_per_second":	1e10, "omitted":	false, "sender":	true } }
	],
	"end":	{
		"streams":	[ { "sender":	{ "socket":	5, "max_rtt":	900, "min_rtt":	100, "mean_rtt":	250 } } ],
		"sum_sent":	{ "seconds":	3, "bytes":	3562500000, "bits_per_second":	9.5e9, "retransmits":	0 },
		"sum_received":	{ "seconds":	3, "bytes":	3562500000, "bits_per_second":	9.5e9 }
	}
})";

constexpr const char* nvbandwidth_output = R"json({
  "nvbandwidth" : {
    "CUDA Runtime Version" : 12080, "Driver Version" : "570.86.15", "git_version" : "v0.8",
    "GPU Device list" : [ "0: NVIDIA H200 (00000000:18:00.0)", "1: NVIDIA H200 (00000000:2a:00.0)" ],
    "testcases" : [
      { "name" : "host_to_device_memcpy_ce", "status" : "Passed",
        "bandwidth_description" : "memcpy CE CPU(row) -> GPU(column) bandwidth (GB/s)",
        "bandwidth_matrix" : [ [ "55.63", "55.60" ] ], "sum" : 111.23 },
      { "name" : "device_to_device_memcpy_read_ce", "status" : "Passed",
        "bandwidth_description" : "memcpy CE GPU(row) -> GPU(column) bandwidth (GB/s)",
        "bandwidth_matrix" : [ [ "N/A", "394.1" ], [ "393.9", "N/A" ] ] },
      { "name" : "host_device_latency_sm", "status" : "Passed",
        "bandwidth_description" : "memory latency SM CPU(row) <-> GPU(column) (ns)",
        "bandwidth_matrix" : [ [ "750.5", "760.5" ] ] },
      { "name" : "device_to_host_memcpy_sm", "status" : "Waived" }
    ]
}
})json";

constexpr const char* vllm_output =
    R"({"date": "20250520-103000", "backend": "vllm", "model_id": "meta-llama/Llama-3.1-8B-Instruct",
 "num_prompts": 32, "request_rate": "inf", "max_concurrency": 16, "duration": 20.0, "completed": 32,
 "total_input_tokens": 32768, "total_output_tokens": 4096, "request_throughput": 1.6, "output_throughput": 204.8,
 "mean_ttft_ms": 130.0, "median_ttft_ms": 120.0, "std_ttft_ms": 24.0, "p99_ttft_ms": 310.0,
 "mean_tpot_ms": 21.0, "median_tpot_ms": 20.0, "std_tpot_ms": 1.0, "p99_tpot_ms": 35.0})";

const PointResult& only_point(const Profile& profile, const std::string& family) {
  const PointResult* found = nullptr;
  for (const BackendResult& backend : profile.backends)
    for (const PointResult& point : backend.points)
      if (point.kernel_case.family == family) {
        CHECK(found == nullptr);
        found = &point;
      }
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("llama-bench: tests of a family are a sweep over tokens", "[calibrate]") {
  // 10 ms and 0.1 ms a token.
  const Profile profile = imported("[" + llama_test(512, 0, "61200000, 61200000, 61200000") + "," +
                                   llama_test(2048, 0, "214800000, 214800000") + "," +
                                   llama_test(0, 128, "1280000000, 1300000000, 1260000000") + "]");
  CHECK(profile.program == "llama-bench 5163");
  CHECK(profile.date == "2025-04-24");
  CHECK(profile.machine.cpu == "AMD Ryzen 7 7800X3D");
  CHECK(profile.machine.gpus == std::vector<std::string>{"NVIDIA GeForce RTX 4080"});
  REQUIRE(profile.backends.size() == 1);
  CHECK(profile.backends[0].id == "cuda");
  CHECK(profile.backends[0].device == "NVIDIA GeForce RTX 4080");
  const auto& rates = profile.backends[0].rates;
  REQUIRE(rates.size() == 2);
  CHECK(rates[0].family == "prefill");
  CHECK(rates[0].format == "Q4_K");
  CHECK(rates[0].per == WorkKind::items);
  CHECK(rates[0].fit.rate == Approx(1e4));
  CHECK(rates[0].fit.fixed_s == Approx(0.01));
  CHECK(rates[1].family == "decode");
  CHECK(rates[1].fit.rate == Approx(100.0));
  CHECK(rates[1].samples == 3);
}

TEST_CASE("llama-bench: a line for each test", "[calibrate]") {
  const Profile profile = imported(one_line(llama_test(512, 0, "61200000")) + "\n\n" +
                                   one_line(llama_test(0, 128, "1280000000")) + "\n");
  CHECK(profile.backends[0].points.size() == 2);
}

TEST_CASE("llama-bench: without samples the mean and its deviation", "[calibrate]") {
  const PointResult point = only_point(imported("[" + llama_test(512, 0, "") + "]"), "prefill");
  CHECK(point.times.median == Approx(512.0 / 7100.002165));
  CHECK(point.times.noise == Approx(140.341520 / 7100.002165));
}

TEST_CASE("test-backend-ops: products by bytes of their format, others as told", "[calibrate]") {
  const Profile profile = imported(backend_ops_output);
  REQUIRE(profile.backends.size() == 1);
  CHECK(profile.backends[0].id == "cuda");
  CHECK(profile.backends[0].device == "NVIDIA GeForce RTX 3090");
  const PointResult& vector = only_point(profile, "matrix_vector");
  CHECK(vector.kernel_case.format == "q4_0");
  // 32 weights in 18 bytes; activations of 4 bytes in and out.
  CHECK(vector.kernel_case.work.bytes == 4096.0 * 14336.0 / 32.0 * 18.0 + 4.0 * (4096 + 14336));
  CHECK(vector.kernel_case.work.flop == 2.0 * 4096 * 14336);
  CHECK(vector.times.median == Approx(95.15e-6));
  CHECK(vector.times.count == 11076);
  const PointResult& matrix = only_point(profile, "matrix_matrix");
  CHECK(work_kind(matrix.kernel_case) == WorkKind::flop);
  CHECK(matrix.kernel_case.work.flop == Approx(60.13e9).epsilon(1e-3));
  const PointResult& add = only_point(profile, "add");
  CHECK(add.kernel_case.work.bytes == 48.0 * 1024.0);
  CHECK(add.kernel_case.format == "f32");
}

TEST_CASE("fio: a request by the throughput, with the options of all jobs", "[calibrate]") {
  Diagnostics diagnostics;
  const auto profile =
      import_text(fio_output, "fio.json", "2026-06-01", shipped_catalog(), diagnostics);
  REQUIRE(profile);
  CHECK(profile->program == "fio-3.33");
  CHECK(profile->date == "2026-06-01");
  const BackendResult& storage = profile->backends.front();
  CHECK(storage.id == "storage");
  CHECK(storage.device == "/mnt/x");
  REQUIRE(storage.points.size() == 2);
  CHECK(storage.points[0].kernel_case.variant == "direct, random, io_uring, queue depth 8, 1 jobs");
  CHECK(storage.points[0].kernel_case.work.bytes == 4096.0);
  CHECK(storage.points[0].times.median == Approx(1e-5));
  CHECK(storage.points[0].times.noise == Approx(0.02));
  REQUIRE(storage.rates.size() == 1);
  // 10 us for 4 KiB, 500 us for 1 MiB.
  const double rate = (1048576.0 - 4096.0) / 490e-6;
  CHECK(storage.rates[0].fit.rate == Approx(rate).epsilon(1e-6));
  CHECK(storage.rates[0].fit.fixed_s == Approx(1e-5 - 4096.0 / rate).epsilon(1e-4));
  // The two jobs that cannot be used are told with their lines.
  const auto problems = diagnostics.sorted();
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].severity == Severity::warning);
  CHECK(problems[0].place.line == 20);
  CHECK(problems[1].place.line == 21);
}

TEST_CASE("iperf3: rates of the intervals that count, and the round trip", "[calibrate]") {
  const Profile profile = imported(iperf3_output);
  CHECK(profile.program == "iperf 3.12");
  CHECK(profile.backends.front().device == "10.0.0.2");
  const PointResult& link = only_point(profile, "link_bandwidth");
  CHECK(link.kernel_case.variant == "TCP, 4 streams");
  CHECK(link.times.count == 3);
  CHECK(link.kernel_case.work.bytes / link.times.median == Approx(9.5e9 / 8.0));
  CHECK(only_point(profile, "link_round_trip").times.median == Approx(250e-6));
}

TEST_CASE("iperf3: a test that failed says why", "[calibrate]") {
  const auto problems = refused(R"({"start": {"version": "iperf 3.12"}, "intervals": [], "end": {},
    "error": "unable to connect to server: Connection refused"})");
  CHECK(problems.front().message.find("Connection refused") != std::string::npos);
}

TEST_CASE("nvbandwidth: every pair that is a pair", "[calibrate]") {
  const Profile profile = imported(nvbandwidth_output);
  CHECK(profile.machine.gpus == std::vector<std::string>{"NVIDIA H200", "NVIDIA H200"});
  const BackendResult& cuda = profile.backends.front();
  CHECK(cuda.version == "nvbandwidth v0.8, driver 570.86.15");
  REQUIRE(cuda.rates.size() == 6);
  CHECK(cuda.rates[0].family == "host_to_device");
  CHECK(cuda.rates[0].fit.rate == Approx(55.63e9));
  CHECK(cuda.rates[2].family == "device_to_device");
  CHECK(cuda.rates[2].variant == "device_to_device_memcpy_read_ce, 0 to 1");
  CHECK(cuda.rates[4].per == WorkKind::items);
  CHECK(1.0 / cuda.rates[4].fit.rate == Approx(750.5e-9));
}

TEST_CASE("vllm bench: times of requests and tokens, and the throughput", "[calibrate]") {
  const Profile profile = imported(vllm_output);
  CHECK(profile.date == "2025-05-20");
  const PointResult& first = only_point(profile, "serve_first_token");
  CHECK(first.times.median == Approx(0.12));
  CHECK(first.times.noise == Approx(0.2));
  CHECK(first.times.error == Approx(0.2 / std::sqrt(32.0)));
  CHECK(first.kernel_case.variant ==
        "meta-llama/Llama-3.1-8B-Instruct, 16 at once, inf requests/s");
  CHECK(only_point(profile, "serve_token").times.median == Approx(0.02));
  const PointResult& all = only_point(profile, "serve_throughput");
  CHECK(all.kernel_case.work.items / all.times.median == Approx(204.8));
}

TEST_CASE("vllm bench: latency and offline throughput", "[calibrate]") {
  const Profile latency =
      imported(R"({"avg_latency": 1.1, "latencies": [1.0, 1.1, 1.2], "percentiles": {"50": 1.1}})");
  CHECK(only_point(latency, "batch_latency").times.median == Approx(1.1));
  const Profile offline = imported(
      R"({"elapsed_time": 10.0, "num_requests": 8, "total_num_tokens": 5000, "requests_per_second": 0.8, "tokens_per_second": 500.0})");
  CHECK(only_point(offline, "offline_throughput").kernel_case.work.items == 5000.0);
}

TEST_CASE("an imported profile reads back", "[calibrate]") {
  for (const char* text :
       {backend_ops_output, fio_output, iperf3_output, nvbandwidth_output, vllm_output}) {
    const std::string yaml = profile_yaml(imported(text));
    Diagnostics diagnostics;
    const auto back = parse_profile(yaml, "p.yaml", diagnostics);
    for (const Diagnostic& each : diagnostics.sorted()) UNSCOPED_INFO(to_text(each));
    REQUIRE(back);
    CHECK(profile_yaml(*back) == yaml);
  }
}

TEST_CASE("several files are one machine", "[calibrate]") {
  const plimsoll::test::TemporaryFolder folder;
  const std::filesystem::path here = folder.path(".");
  write_file_atomically(here / "a.json", fio_output);
  write_file_atomically(here / "b.json", vllm_output);
  Diagnostics diagnostics;
  const auto profile = import_results({here / "a.json", here / "b.json"}, "2026-06-01",
                                      shipped_catalog(), diagnostics);
  REQUIRE(profile);
  CHECK(profile->backends.size() == 2);
  CHECK(profile->program == "fio-3.33, vllm bench");
  CHECK_FALSE(import_results({here / "a.json", here / "none.json"}, "2026-06-01", shipped_catalog(),
                             diagnostics));
  CHECK_FALSE(import_results({here}, "2026-06-01", shipped_catalog(), diagnostics));
}

TEST_CASE("what is no result is refused, with its place", "[calibrate]") {
  CHECK(refused("").front().code == "unsupported-file");
  CHECK(refused("hello\nworld\n").front().code == "unsupported-file");
  CHECK(refused("{\"a\": 1}").front().code == "unsupported-file");
  CHECK(refused("[]").front().code == "unsupported-file");
  const Diagnostic broken = refused("{\n  \"fio version\": \"fio-3\",\n  \"jobs\": [}\n").front();
  CHECK(broken.code == "syntax");
  CHECK(broken.place.line == 3);
  CHECK(broken.place.column == 12);
  CHECK(refused("{\"a\": \"\xff\"}").front().code == "not-text");
  CHECK(refused("{\"fio version\": \"fio-3\"}").front().code == "malformed");
  CHECK(refused("[" + llama_test(0, 0, "1") + "]").front().code == "malformed");
  CHECK(refused(std::string(1000, '[')).front().code == "too-deep");
}

TEST_CASE("numbers of a hostile file stay within bounds", "[calibrate]") {
  CHECK(
      refused(
          R"({"fio version": "fio-3", "jobs": [{"job options": {"bs": "4k"}, "read": {"bw_bytes": -5}}]})")
          .front()
          .code == "malformed");
  CHECK(refused(R"({"fio version": "fio-3", "jobs": {"a": 1}})").front().code == "malformed");
  CHECK(
      refused(
          R"({"nvbandwidth": {"testcases": [{"status": "Passed", "bandwidth_matrix": [["1e999"]]}]}})")
          .front()
          .code == "malformed");
}

TEST_CASE("no cut or changed byte of a result breaks the reader", "[calibrate]") {
  Rng rng(1, "mutations");
  const std::vector<std::string> texts = {
      backend_ops_output, fio_output,  iperf3_output,
      nvbandwidth_output, vllm_output, "[" + llama_test(0, 128, "1, 2") + "]"};
  for (const std::string& text : texts) {
    for (int i = 0; i < 200; ++i) {
      std::string changed = text.substr(0, i % 2 ? text.size() : rng.below(text.size()));
      if (!changed.empty()) changed[rng.below(changed.size())] = static_cast<char>(rng.below(256));
      Diagnostics diagnostics;
      const auto profile =
          import_text(changed, "results", "2026-06-01", shipped_catalog(), diagnostics);
      CHECK(profile.has_value() != diagnostics.has_errors());
      if (!profile) continue;
      Diagnostics none;
      CHECK(parse_profile(profile_yaml(*profile), "p.yaml", none));
    }
  }
}

TEST_CASE("JSON keeps its places, and the first of two equal keys", "[calibrate]") {
  Diagnostics diagnostics;
  const auto root =
      parse_json_tree("{\"a\": [1,\n \"\u00e9\", null],\n\"a\": 2}", "f", 7, diagnostics);
  REQUIRE(root);
  REQUIRE(root->entries().size() == 1);
  const Node& list = *root->find("a");
  REQUIRE(list.items().size() == 3);
  CHECK(list.items()[0].text() == "1");
  CHECK(list.items()[0].place().line == 7);
  CHECK(list.items()[1].place() == SourcePlace{"f", 8, 4});
  CHECK(list.items()[1].quoted());
  CHECK(list.items()[2].kind() == NodeKind::null);
}
