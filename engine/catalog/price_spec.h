// What machines, tokens and electricity cost beyond the purchase (that stands in devices and
// systems), and how often machines fail: the tables of hwdb/prices/.
//
// Every price of these tables has a date (Provenance::date). Amounts are US dollars without tax.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/date.h"
#include "catalog/figure.h"

namespace plimsoll {

enum class ProviderClass { hyperscaler, specialist, long_tail };

// How the price is come by. `planning` is a middle over many offers, to plan with.
enum class RentTerms { on_demand, reserved, spot, index, planning };

// hwdb/prices/rent.yaml: one GPU for an hour.
struct RentOffer {
  std::string id;
  std::vector<std::string> devices;  // device ids that the price is for
  std::optional<ProviderClass> provider;
  std::string provider_name;  // "RunPod"; empty: a class or an index
  RentTerms terms = RentTerms::on_demand;
  Figure<DollarsPerSecond> price;
};

struct RentTable {
  std::map<std::string, RentOffer> offers;  // by id
  // Shares of the on-demand price that are taken off.
  std::optional<Figure<double>> reservation_discount;
  std::optional<Figure<double>> spot_discount;
  // What the GPU rate is of the whole bill (the rest is egress, storage, management).
  std::optional<Figure<double>> gpu_share_of_bill;
};

// hwdb/prices/api.yaml: tokens of a hosted model.
struct ApiOffer {
  std::string id;
  std::string name;  // as sold: "Kimi K2.5"
  std::string
      model;  // id of models/ whose weights these are; empty: closed or not in the catalogue
  std::string provider;
  // Prompts up to so many tokens; nothing: any. Offers of one name and several limits are steps.
  std::optional<double> longest_prompt;
  Figure<DollarsPerToken> input;
  Figure<DollarsPerToken> output;
  std::optional<Figure<DollarsPerToken>> cached_input;
  std::optional<Date> until;  // no longer sold from then on
};

struct ApiTable {
  std::map<std::string, ApiOffer> offers;                 // by id
  std::map<std::string, Figure<double>> batch_discounts;  // by provider, a share taken off
};

enum class ElectricityClass { residential, commercial, industrial, non_household, all_sectors };

// hwdb/prices/electricity.yaml: a kilowatt-hour at the meter.
struct ElectricityRegion {
  std::string id;    // "us", "us-ca", "de"
  std::string name;  // "California"
  std::map<ElectricityClass, Figure<DollarsPerJoule>> prices;
};

// hwdb/prices/overheads.yaml.
struct OverheadTable {
  std::map<std::string, Figure<double>> pue;  // "home", "colocation", "hyperscale"
  std::optional<Figure<double>> psu_efficiency;
  std::map<std::string, Figure<double>> depreciation_years;  // "default" and by company
};

// hwdb/prices/failures.yaml.
struct FailureClass {
  std::string id;  // "data-centre-gpu", "gpu-host-8", "desk"
  std::string name;
  // Per unit and year. `events` interrupt service and include the replacements.
  std::optional<Figure<double>> events;
  std::optional<Figure<double>> replacements;  // parts or units that are swapped
  std::vector<std::string> devices;  // ids of the devices that the class is for; may be empty
  int gpus = 0;  // > 0: the unit is a host of so many of them; 0: a device, or what `name` says
};

struct FailureTable {
  std::map<std::string, FailureClass> classes;
  std::optional<Figure<Seconds>> soft_repair;  // reset or reboot
  std::optional<Figure<Seconds>> hard_repair;  // swap
  std::optional<Figure<double>> early_life;    // multiplies the events of the first 90 days
};

struct PriceBook {
  RentTable rent;
  ApiTable api;
  std::map<std::string, ElectricityRegion> electricity;  // by id
  OverheadTable overheads;
  FailureTable failures;
};

}  // namespace plimsoll
