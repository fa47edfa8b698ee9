#include <algorithm>
#include <limits>

#include "calibrate/profile.h"
#include "calibrate/profile_words.h"
#include "catalog/date_field.h"
#include "catalog/entry_head.h"
#include "catalog/reader_parts.h"
#include "config/document.h"
#include "config/map_reader.h"

namespace plimsoll::calibrate {
namespace {

constexpr double largest = 1e30;
constexpr std::int64_t most = 1'000'000'000;

auto natural() {
  return field::number(0.0, largest);
}
auto share() {
  return field::number(0.0, 1e6);
}
auto duration() {
  return field::quantity<Seconds>(Bound::non_negative);
}

int count_in(MapReader& reader, std::string_view key) {
  return static_cast<int>(reader.required(key, field::integer(0, most)));
}

MachineIdentity read_machine(MapReader& reader) {
  constexpr std::int64_t most_cores = 1'000'000;
  MachineIdentity machine{.product = text_or_empty(reader, "product"),
                          .cpu = text_or_empty(reader, "cpu")};
  machine.cores = static_cast<int>(reader.value_or("cores", field::integer(0, most_cores), 0));
  machine.threads = static_cast<int>(reader.value_or("threads", field::integer(0, most_cores), 0));
  machine.memory = reader.value_or("memory", field::quantity<Bytes>(Bound::non_negative), Bytes());
  machine.gpus = texts_or_none(reader, "gpus");
  std::sort(machine.gpus.begin(), machine.gpus.end());
  return machine;
}

Condition read_condition(MapReader& reader) {
  Condition condition;
  if (const auto clock = reader.optional("clock", field::quantity<Hertz>(Bound::positive)))
    condition.clock_hz = clock->base();
  condition.temperature_c = reader.optional("celsius", field::number(-273.15, 1000.0));
  condition.busy_share = reader.optional("busy_share", field::number(0.0, 1e6));
  condition.busy = reader.value_or("busy", field::boolean(), false);
  condition.throttled = reader.value_or("throttled", field::boolean(), false);
  condition.warm = reader.value_or("warm", field::boolean(), true);
  return condition;
}

Condition take_condition(MapReader& reader) {
  return reader.value_or("condition", field::object("condition", read_condition), {});
}

// The rate in the unit of what it counts: exactly one of the keys stands.
double take_rate(MapReader& reader, WorkKind per) {
  double rate = 0.0;
  reader.in_case({.key = "per", .word = "bytes"}, per == WorkKind::bytes, [&] {
    rate = reader.required("bandwidth", field::quantity<BytesPerSecond>(Bound::positive)).base();
  });
  reader.in_case({.key = "per", .word = "flop"}, per == WorkKind::flop, [&] {
    rate = reader.required("compute", field::quantity<FlopPerSecond>(Bound::positive)).base();
  });
  reader.in_case({.key = "per", .word = "items"}, per == WorkKind::items, [&] {
    rate =
        reader.required("per_second", field::number(std::numeric_limits<double>::min(), largest));
  });
  return rate;
}

FamilyRate read_rate(MapReader& reader) {
  FamilyRate rate{.family = reader.required("family", field::text()),
                  .format = text_or_empty(reader, "format"),
                  .variant = text_or_empty(reader, "variant")};
  rate.per = reader.required("per", field::enumeration(work_words));
  rate.fit.rate = take_rate(reader, rate.per);
  rate.fit.rate_error = reader.required("rate_error", share());
  rate.fit.rate_known = !reader.value_or("rate_is_a_bound", field::boolean(), false);
  const auto fixed = reader.optional("fixed", duration());
  rate.fit.fixed_known = fixed.has_value();
  rate.fit.fixed_s = fixed.value_or(Seconds()).base();
  rate.fit.fixed_error_s = reader.value_or("fixed_error", duration(), Seconds()).base();
  const auto range = reader.required("range", field::list_of(natural()));
  if (range.size() == 2 && range[0] <= range[1]) {
    rate.fit.work_low = range[0];
    rate.fit.work_high = range[1];
  } else if (reader.has("range")) {
    reader.error("range", "inconsistent",
                 "a range of a sweep is not two numbers, the smaller first", "[low, high]");
  }
  rate.fit.residual = reader.required("residual", share());
  rate.fit.points = count_in(reader, "points");
  rate.samples = count_in(reader, "samples");
  rate.noise = reader.required("noise", share());
  rate.condition = take_condition(reader);
  return rate;
}

SampleSummary read_times(MapReader& reader) {
  const auto positive = field::quantity<Seconds>(Bound::positive);
  SampleSummary times{.median = reader.required("median", positive).base(),
                      .low = reader.required("low", duration()).base(),
                      .high = reader.required("high", positive).base(),
                      .noise = reader.required("noise", share()),
                      .error = reader.required("error", share()),
                      .count = count_in(reader, "samples")};
  if (times.low > times.median || times.median > times.high)
    reader.error("median", "inconsistent", "the median does not lie between its quartiles",
                 "low <= median <= high");
  return times;
}

KernelCheck read_check(MapReader& reader) {
  return {.right = reader.required("right", field::boolean()),
          .worst_error = reader.required("worst_error", natural()),
          .allowed = reader.required("allowed", natural())};
}

Work read_work(MapReader& reader) {
  return {.bytes = reader.value_or("bytes", natural(), 0.0),
          .flop = reader.value_or("flop", natural(), 0.0),
          .items = reader.value_or("items", natural(), 0.0)};
}

PointResult read_point(MapReader& reader) {
  PointResult point;
  KernelCase& of = point.kernel_case;
  of.family = reader.required("family", field::text());
  of.format = text_or_empty(reader, "format");
  of.variant = text_or_empty(reader, "variant");
  of.shape = as_map(reader.value_or("shape", field::map_of(field::integer()), {}));
  of.work = reader.required("work", field::object("work", read_work));
  of.by_flop = reader.value_or("by_flop", field::boolean(), false);
  point.status = reader.required("status", field::enumeration(status_words));
  const bool measured = point.status == PointStatus::measured;
  if (auto check = reader.optional("check", field::object("check", read_check)))
    point.check = std::move(*check);
  reader.in_case({.key = "status", .word = "measured"}, measured, [&] {
    point.times = reader.required("times", field::object("times", read_times));
    point.launches = static_cast<int>(reader.value_or("launches", field::integer(0, most), 0));
    point.slowing = reader.value_or("slowing", natural(), 0.0);
    point.condition = take_condition(reader);
  });
  point.why = text_or_empty(reader, "why");
  if (point.status == PointStatus::wrong) point.check.why = point.why;
  return point;
}

BackendResult read_backend(MapReader& reader) {
  BackendResult backend{.id = reader.required("backend", field::id()),
                        .device = text_or_empty(reader, "device"),
                        .entry = text_or_empty(reader, "entry"),
                        .version = text_or_empty(reader, "driver")};
  backend.condition = take_condition(reader);
  backend.stopped = reader.value_or("stopped", field::boolean(), false);
  backend.rates = reader.value_or("rates", field::list_of(field::object("rate", read_rate)), {});
  backend.points =
      reader.value_or("points", field::list_of(field::object("point", read_point)), {});
  return backend;
}

Profile read_profile_map(MapReader& reader) {
  Profile profile;
  if (!take_kind(reader, "profile")) return profile;
  profile.name = reader.required("name", field::text());
  profile.machine = reader.required("machine", field::object("machine", read_machine));
  profile.date = to_text(reader.required("date", field::date()));
  profile.program = reader.required("program", field::text());
  profile.depth = text_or_empty(reader, "depth");
  profile.backends =
      reader.required("backends", field::list_of(field::object("backend", read_backend)));
  reader.finish();
  return profile;
}

std::optional<Profile> profile_of(const Document& document, Diagnostics& diagnostics) {
  if (document.root().kind() == NodeKind::invalid) return std::nullopt;
  Diagnostics own;
  MapReader reader(document.root(), "profile", own);
  Profile profile = read_profile_map(reader);
  diagnostics.append(own);
  if (own.has_errors()) return std::nullopt;
  return profile;
}

}  // namespace

Schema profile_schema() {
  Schema schema{.what = "profile", .fields = {}};
  Diagnostics silent;
  const Node nothing;
  MapReader reader(nothing, "profile", silent, &schema);
  read_profile_map(reader);
  return schema;
}

std::optional<Profile> read_profile(const std::filesystem::path& file, Diagnostics& diagnostics) {
  return profile_of(Document::load_file(file, diagnostics), diagnostics);
}

std::optional<Profile> parse_profile(std::string_view text, const std::string& file,
                                     Diagnostics& diagnostics) {
  return profile_of(Document::parse(text, file, diagnostics), diagnostics);
}

}  // namespace plimsoll::calibrate
