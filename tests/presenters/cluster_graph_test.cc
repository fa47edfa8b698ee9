#include "presenters/cluster_graph.h"

#include <string>
#include <vector>

#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

ClusterNodePicture machine(const std::string& name) {
  return {.kind = ClusterNodeKind::machine, .name = name, .what = "box"};
}

ClusterNodePicture box(const std::string& name) {
  return {.kind = ClusterNodeKind::switch_box, .name = name};
}

ClusterEdgePicture wire(int from, int to) {
  return {.from = from, .to = to, .link = "ethernet", .back = LinkFlow{}};
}

ClusterPicture machines(int count) {
  ClusterPicture picture;
  for (int i = 1; i <= count; ++i) picture.nodes.push_back(machine("n" + std::to_string(i)));
  return picture;
}

ClusterPicture star(int count) {
  ClusterPicture picture = machines(count);
  picture.nodes.push_back(box("switch"));
  for (int i = 0; i < count; ++i) picture.edges.push_back(wire(i, count));
  return picture;
}

ClusterPicture ring(int count) {
  ClusterPicture picture = machines(count);
  for (int i = 0; i < count; ++i) picture.edges.push_back(wire(i, (i + 1) % count));
  return picture;
}

ClusterPicture mesh(int count) {
  ClusterPicture picture = machines(count);
  for (int i = 0; i < count; ++i)
    for (int j = i + 1; j < count; ++j) picture.edges.push_back(wire(i, j));
  return picture;
}

ClusterPicture chain(int count) {
  ClusterPicture picture = ring(count);
  picture.edges.pop_back();
  return picture;
}

// Two switches with machines, joined by a third; a machine that nothing joins; a cable across.
ClusterPicture tree(bool with_cable) {
  ClusterPicture picture = machines(7);
  for (const char* name : {"a", "b", "top"}) picture.nodes.push_back(box(name));
  for (int i = 0; i < 3; ++i) picture.edges.push_back(wire(i, 7));
  for (int i = 3; i < 6; ++i) picture.edges.push_back(wire(i, 8));
  picture.edges.push_back(wire(7, 9));
  picture.edges.push_back(wire(8, 9));
  if (with_cable) picture.edges.push_back(wire(0, 5));
  return picture;
}

// `count` accelerators in one machine, each with a link to the host and one to a hub.
ClusterPicture cards(int count) {
  ClusterPicture picture = machines(1);
  for (int i = 0; i < count; ++i)
    picture.nodes.push_back({.kind = ClusterNodeKind::accelerator,
                             .name = "GPU " + std::to_string(i),
                             .what = "card",
                             .machine = 0,
                             .pools = {i}});
  picture.nodes.push_back({.kind = ClusterNodeKind::hub, .name = "NVLink", .machine = 0});
  for (int i = 1; i <= count; ++i) {
    picture.edges.push_back(wire(i, 0));
    picture.edges.push_back(wire(i, count + 1));
  }
  return picture;
}

void check_apart(const ClusterGraph& graph) {
  for (std::size_t a = 0; a < graph.nodes.size(); ++a)
    for (std::size_t b = a + 1; b < graph.nodes.size(); ++b) {
      const GraphNode& first = graph.nodes[a];
      const GraphNode& second = graph.nodes[b];
      if (second.parent == static_cast<int>(a)) {  // inside, not over its border
        CHECK(second.box.x >= first.box.x);
        CHECK(second.box.y >= first.box.y);
        CHECK(second.box.x + second.box.width <= first.box.x + first.box.width);
        CHECK(second.box.y + second.box.height <= first.box.y + first.box.height);
      } else if (first.parent == second.parent) {
        INFO(first.name << " and " << second.name);
        CHECK_FALSE(first.box.overlaps(second.box));
      }
    }
}

std::vector<ClusterPicture> all_kinds() {
  return {star(1),    star(2),  star(4),  star(23),  ring(3),     ring(4),
          ring(9),    mesh(4),  mesh(7),  chain(2),  chain(5),    tree(false),
          tree(true), cards(1), cards(8), cards(16), machines(3), {}};
}

}  // namespace

TEST_CASE("boxes never touch, whatever joins them", "[cluster_graph]") {
  for (const ClusterPicture& picture : all_kinds()) {
    INFO(picture.nodes.size() << " nodes, " << picture.edges.size() << " edges");
    GraphView view;
    check_apart(lay_out_graph(picture, {}, view));
    for (const ClusterNodePicture& node : picture.nodes) view.toggled.insert(node.name);
    check_apart(lay_out_graph(picture, {}, view));
  }
}

TEST_CASE("the same cluster is always drawn the same", "[cluster_graph]") {
  for (const ClusterPicture& picture : all_kinds()) {
    const ClusterGraph once = lay_out_graph(picture, {}, {});
    const ClusterGraph again = lay_out_graph(picture, {}, {});
    REQUIRE(once.nodes.size() == again.nodes.size());
    for (std::size_t i = 0; i < once.nodes.size(); ++i) {
      CHECK(once.nodes[i].box.x == again.nodes[i].box.x);
      CHECK(once.nodes[i].box.y == again.nodes[i].box.y);
    }
  }
}

TEST_CASE("a ring of four is a square, machines of a star stand below their switch",
          "[cluster_graph]") {
  const ClusterGraph square = lay_out_graph(ring(4), {}, {});
  const auto at = [&](int i) { return square.nodes[static_cast<std::size_t>(i)].box.centre(); };
  CHECK(at(0).y == Approx(at(1).y));
  CHECK(at(2).y == Approx(at(3).y));
  CHECK(at(0).x == Approx(at(3).x));
  CHECK(at(1).x == Approx(at(2).x));
  const ClusterGraph below = lay_out_graph(star(4), {}, {});
  for (std::size_t i = 0; i < 4; ++i) CHECK(below.nodes[i].box.y > below.nodes[4].box.y);
}

TEST_CASE("what was moved by hand stays there, with what is in it", "[cluster_graph]") {
  GraphView view;
  view.moved["n1"] = {100.0, 50.0};
  const ClusterGraph moved = lay_out_graph(cards(2), {}, view);
  CHECK(moved.nodes[0].box.centre().x == Approx(100.0));
  CHECK(moved.nodes[0].box.centre().y == Approx(50.0));
  check_apart(moved);
  ClusterGraph dragged = lay_out_graph(cards(2), {}, {});
  move_node(dragged, 0, {100.0, 50.0});
  for (std::size_t i = 0; i < dragged.nodes.size(); ++i)
    CHECK(dragged.nodes[i].box.x == Approx(moved.nodes[i].box.x));
}

TEST_CASE("a machine alone is open; closed it shows the fullest of its memories",
          "[cluster_graph]") {
  std::vector<PoolMemory> memory(2);
  const double used[] = {20.0, 60.0};
  for (std::size_t i = 0; i < 2; ++i) {
    memory[i].pool = "GPU memory";
    memory[i].usable = Bytes(80.0);
    memory[i].used = {used[i], used[i], used[i]};
  }
  const ClusterGraph open = lay_out_graph(cards(2), memory, {});
  CHECK(open.nodes[0].expanded);
  CHECK(open.nodes.size() == 4);  // machine, two cards, hub
  CHECK(open.nodes[0].memory.empty());
  CHECK(open.edges.size() == 4);
  GraphView view;
  view.toggled.insert("n1");
  const ClusterGraph closed = lay_out_graph(cards(2), memory, view);
  REQUIRE(closed.nodes.size() == 1);
  REQUIRE(closed.nodes[0].memory.size() == 1);
  CHECK(closed.nodes[0].memory[0].alike == 2);
  CHECK(closed.nodes[0].memory[0].share == 60.0 / 80.0);
  CHECK(closed.nodes[0].accelerators == 2);
  CHECK(closed.edges.empty());
}

TEST_CASE("a line carries the busier of its two ways", "[cluster_graph]") {
  ClusterPicture picture = chain(2);
  picture.edges[0].there = {.link = "out", .per_step = Bytes(10.0), .busy_in_step = 0.1};
  picture.edges[0].back = LinkFlow{
      .link = "home", .per_step = Bytes(20.0), .per_chunk = Bytes(1.0), .busy_in_step = 0.2};
  CHECK(lay_out_graph(picture, {}, {}).edges[0].busiest.link == "home");
  picture.edges[0].there.busy_in_chunk = 0.3;
  const GraphView of_chunk{.toggled = {}, .moved = {}, .load = LoadOf::chunk};
  CHECK(lay_out_graph(picture, {}, of_chunk).edges[0].busiest.link == "out");
  const std::vector<RouteUse> routes = {{.from = "a", .to = "b", .links = {"out"}},
                                        {.from = "a", .to = "c", .links = {"other"}}};
  REQUIRE(routes_over(picture.edges[0], routes).size() == 1);
  CHECK(routes_over(picture.edges[0], routes)[0]->to == "b");
}
