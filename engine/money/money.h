// What it costs to run a model: owned, rented or bought by the token, and when owning pays back.
//
// Every amount is in US dollars without tax, an hour has 3600 s, a year 8766 h (365.25 d) and a
// month a twelfth of that, 730.5 h. Estimates are medians with 90 % intervals; uncertain inputs are
// independent log-normals (amount.h). Where a price is not in the catalogue there is no number but
// the reason: an Answer without value, never a zero. Formulas and worked checks: doc/money.md.
//
// The way through:
//   const PriceBook& book = catalog.prices(diagnostics);           // hwdb/prices,
//   catalog/price_spec.h const Purchase bought = purchase_of(system, catalog, diagnostics);      //
//   once per machine type OwnTerms terms = own_terms(book, {.electricity = "us", …}); // once
//   Answer<OwnCost> own = cost_of_owning(bought, 2, power, terms, service); // pure, any thread
//   Answer<RentCost> rent = cost_of_renting(book, "h100-sxm5-80gb", {.gpus = 8, …}, service);
//   Answer<ApiCost> api = cost_of_api(book, "kimi-k2.5", load);
//   BreakEven pays = break_even(own->cash, rent->cash, *parse_date("2026-11"));
// All functions but purchase_of are pure and may run in parallel.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/estimate.h"
#include "catalog/catalog.h"
#include "catalog/date.h"
#include "catalog/price_spec.h"
#include "money/amount.h"

namespace plimsoll::money {

inline constexpr double hours_per_year = 8766.0;
inline constexpr double hours_per_month = hours_per_year / 12.0;
inline constexpr double seconds_per_month = hours_per_month * 3600.0;

// A value, or a sentence that says why there is none.
template <class T>
struct Answer {
  std::optional<T> value;
  std::string why_not;  // empty where there is a value

  explicit operator bool() const { return value.has_value(); }
  const T& operator*() const { return *value; }
  const T* operator->() const { return &*value; }
  static Answer known(T answer) { return {std::move(answer), {}}; }
  static Answer unknown(std::string reason) { return {std::nullopt, std::move(reason)}; }
};

// A price that went into a cost, as it is to be shown beside it.
struct UsedPrice {
  std::string what;  // "purchase of dgx-h100", "electricity, us residential"
  Estimate value;
  std::string unit;    // "USD", "USD/h", "USD/kWh", "USD/Mtok"; empty for shares
  std::string date;    // "2026-05"; "undated" where the source gives none
  std::string source;  // key of hwdb/sources.yaml, optionally ": note"
  Confidence confidence = Confidence::low;
  FigureStatus status = FigureStatus::claimed;
};

// ---- What is asked of the machines -----------------------------------------------------------

// Tokens a month. Cached tokens are the part of the input that a prefix cache serves.
struct MonthlyLoad {
  double input = 0.0;  // all input tokens, cached ones included
  double output = 0.0;
  double cached = 0.0;          // <= input
  double longest_prompt = 0.0;  // tokens of one prompt; 0: short. Some prices rise with it.
};

// users x requests a day x tokens a request, on `days` of a month.
MonthlyLoad load_of_users(double users, double requests_per_day, double prompt, double output,
                          double cached_share = 0.0, double days = 365.25 / 12.0);

// What one machine (or replica) does while it is busy, all its streams together.
struct ServiceRate {
  Estimate input_tokens_per_second;   // prefill, without cached tokens
  Estimate output_tokens_per_second;  // aggregate decode throughput
};

// Seconds a month that machines of this rate are busy with the load:
// (input - cached) / input rate + output / output rate. Cached tokens take no time.
// `who` names the machines, so that rates of different ones are different factors.
Amount busy_seconds(const MonthlyLoad& load, const ServiceRate& rate, const std::string& who);

// The fewest machines whose busy time fits in a month at `utilisation_limit` of it (medians);
// at least 1. 0 < utilisation_limit <= 1.
int machines_for(const MonthlyLoad& load, const ServiceRate& rate, double utilisation_limit = 1.0);

// The load that keeps `machines` busy for the share `utilisation` of the month (medians), with so
// many input tokens to an output token: what a price per token at a utilisation is asked of.
MonthlyLoad load_at(const ServiceRate& rate, int machines, double utilisation,
                    double input_per_output = 0.0);

// ---- Owning ----------------------------------------------------------------------------------

// What a machine costs to buy, one of it.
struct Purchase {
  std::string id;                  // of the system
  std::optional<UsedPrice> whole;  // nothing where the catalogue has no price of the machine
  // Where it has none: the sum of the parts that have a price, a lower bound of the whole.
  std::vector<UsedPrice> parts;
  std::vector<std::string> unpriced;         // "host", "2x rtx-a6000": what the sum leaves out
  std::optional<Estimate> at_least() const;  // of whole or parts; nothing where nothing is priced
  std::string why_not() const;  // "no price of rtx-4090-2x is known; its parts without … cost …"
};

// Looks up the system's `price` and, failing that, the prices of its devices. Not thread-safe (it
// loads devices); the only function here that is not pure.
Purchase purchase_of(const SystemSpec& system, Catalog& catalog, Diagnostics& diagnostics);

// Watts of one machine.
struct PowerDraw {
  Estimate load;                 // while busy
  std::optional<Estimate> idle;  // while waiting; nothing: not known, and charged as if busy
  bool at_wall = true;           // false: behind the power supply, divided by its efficiency
};

// The system's published wall power: load_power and, where known, idle_power; nothing without a
// load_power.
std::optional<PowerDraw> power_of(const SystemSpec& system);

enum class Site { home, home_cooled, colocation, hyperscale };
enum class Upkeep { data_centre, desk };  // whose replacement rate counts

struct OwnAssumptions {
  std::string region = "us";  // of hwdb/prices/electricity.yaml
  ElectricityClass tariff = ElectricityClass::residential;
  Site site = Site::home;
  Upkeep upkeep = Upkeep::desk;
  std::optional<double> life_years;  // default: the catalogue's depreciation period
  double residual_share = 0.0;       // of the purchase, at the end of life; accounts write off to 0
};

struct OwnTerms {
  UsedPrice electricity;     // USD per kWh
  UsedPrice pue;             // whole site over machine
  UsedPrice psu_efficiency;  // used only for power behind the supply
  UsedPrice life_years;
  UsedPrice replacements;  // share of the purchase that is replaced a year, for repair and spares
  double residual_share = 0.0;
};
// Refused with a sentence where the catalogue knows no such region or tariff, or has no overheads.
Answer<OwnTerms> own_terms(const PriceBook& book, const OwnAssumptions& assumptions = {});

// Cash of one way to pay, for comparing ways.
struct CashFlow {
  std::string name;                   // "owning 2x dgx-spark"
  Amount upfront;                     // paid at the start
  Amount per_month;                   // paid every month; depreciation is no payment
  std::optional<double> life_months;  // `upfront` is due again after it; nothing: never
};

struct OwnCost {
  int machines = 1;
  Estimate purchase_usd;
  Estimate depreciation_usd_per_month;  // straight line: purchase x (1 - residual) / life
  Estimate electricity_usd_per_month;
  Estimate upkeep_usd_per_month;  // replacements x purchase / 12
  Estimate usd_per_month;         // all three
  Estimate usd_per_hour;          // of the calendar, whether busy or not
  Estimate kwh_per_month;         // at the meter, PUE included
  Estimate utilisation;           // busy share of the month, of all machines
  std::optional<Estimate> usd_per_million_output_tokens;  // all cost over the output tokens
  std::optional<Estimate> usd_per_million_tokens;         // all cost over input and output tokens
  Amount monthly;                                         // usd_per_month with its factors
  CashFlow cash;
  std::vector<UsedPrice> prices;
  std::vector<std::string> notes;  // "idle power of … is not known: charged as if busy"
};

// `machines` of that type carry the load. Unknown where the purchase price or the power is not
// known; refused where the load keeps them busy for more than the month.
//   electricity = [idle W x month + (load W - idle W) x busy time] / 3.6e6 x PUE x USD/kWh
Answer<OwnCost> cost_of_owning(const Purchase& purchase, int machines,
                               const std::optional<PowerDraw>& power, const OwnTerms& terms,
                               const MonthlyLoad& load, const ServiceRate& rate);

// Joules at the wall a token x 0.2778 = USD per million tokens at 1 USD/kWh.
Estimate electricity_usd_per_million_tokens(const Estimate& joules_per_token,
                                            const Estimate& usd_per_kwh, const Estimate& pue);
// capital / (life x utilisation x rate) x 1e6.
Estimate capital_usd_per_million_tokens(const Estimate& purchase_usd, double life_years,
                                        double utilisation, const Estimate& tokens_per_second);
// USD/h / (3600 s x rate) x 1e6.
Estimate rent_usd_per_million_tokens(const Estimate& usd_per_hour,
                                     const Estimate& tokens_per_second);

// ---- Renting ---------------------------------------------------------------------------------

struct RentRequest {
  int gpus = 1;
  std::optional<ProviderClass> provider;  // nothing: the planning value, else the median class
  RentTerms terms = RentTerms::on_demand;
  // Paid all month (as a service that must answer at once), or only the busy hours.
  bool all_month = true;
};

// USD per GPU-hour with where it comes from. Unknown where nobody offers the device.
Answer<UsedPrice> rent_price(const PriceBook& book, std::string_view device_id,
                             const RentRequest& request);

struct RentCost {
  int gpus = 0;
  Estimate hours_per_month;
  Estimate gpu_usd_per_month;  // the GPU rate alone
  Estimate usd_per_month;      // the whole bill: over the GPU share of it
  Estimate usd_per_hour;
  std::optional<Estimate> usd_per_million_output_tokens;
  std::optional<Estimate> usd_per_million_tokens;
  Amount monthly;  // usd_per_month with its factors
  CashFlow cash;
  std::vector<UsedPrice> prices;
  std::vector<std::string> notes;
};

// `request.gpus` GPUs make one machine of `rate`. Refused where the load keeps it busy for more
// than a month; rent more machines by more gpus and a higher rate.
Answer<RentCost> cost_of_renting(const PriceBook& book, std::string_view device_id,
                                 const RentRequest& request, const MonthlyLoad& load,
                                 const ServiceRate& rate);

// ---- By the token ----------------------------------------------------------------------------

struct ApiRequest {
  std::string provider;       // empty: any
  bool batch = false;         // the discount for answers that may take hours, where there is one
  std::optional<Date> as_of;  // nothing: offers with an end are over
};

struct ApiCost {
  std::string offer;  // id in hwdb/prices/api.yaml
  std::string provider;
  Estimate usd_per_month;
  std::optional<Estimate> usd_per_million_output_tokens;  // all cost over the output tokens
  std::optional<Estimate> usd_per_million_tokens;         // all cost over input and output tokens
  Amount monthly;                                         // usd_per_month with its factors
  CashFlow cash;
  std::vector<UsedPrice> prices;
  std::vector<std::string> notes;  // "no price of cached tokens: they count as input"
};

// The model by its id of models/, or an offer by its id or name. Of several offers the newest, of
// the steps of a price list the one that holds the longest prompt. Unknown where nobody sells it.
Answer<ApiCost> cost_of_api(const PriceBook& book, std::string_view model_id,
                            const MonthlyLoad& load, const ApiRequest& request = {});

// ---- When owning pays back -------------------------------------------------------------------

// The month that has come `months` >= 0 after the start; a start that states no month begins in
// January.
Date months_after(const Date& start, double months);

// The month in which the cumulative cost of `first` has fallen to that of `second`:
//   upfront_1 + running_1 T = upfront_2 + running_2 T,
// 0 where it never was above. T must lie within the life of what `first` bought: who has not earned
// it back by then buys again. What `second` bought is taken to last as long. The interval holds the
// 5 % to 95 % quantiles of T under the joint distribution of all factors, drawn by a Latin
// hypercube of fixed seed (samples.h); "never" counts as infinite.
struct BreakEven {
  std::optional<double> months;                // with factors at their medians; nothing: never
  std::optional<double> low;                   // nothing: never, even at the lucky end
  std::optional<double> high;                  // nothing: at the unlucky end never
  double chance = 0.0;                         // that it ever does, 0 to 1
  std::optional<Date> date, earliest, latest;  // of months, low and high
  std::string reason;  // why never, at the medians; empty where months has a value
};
BreakEven break_even(const CashFlow& first, const CashFlow& second, const Date& start);

// ---- All three -------------------------------------------------------------------------------

enum class WayToPay { own, rent, api };

struct Comparison {
  Answer<OwnCost> own;
  Answer<RentCost> rent;
  Answer<ApiCost> api;
  std::optional<WayToPay> cheapest;  // by usd_per_month at the medians, among those known
  // That `cheapest` is, under the joint uncertainty; 1 where only one is known.
  double chance_cheapest = 0.0;
  std::optional<BreakEven> own_against_rent;
  std::optional<BreakEven> own_against_api;
};
Comparison compare(Answer<OwnCost> own, Answer<RentCost> rent, Answer<ApiCost> api,
                   const Date& start);

}  // namespace plimsoll::money
