import ThalwegPractice

/// A page of the dashboard: what stands still, and what changes while training goes on.
protocol DashboardPage {
    var title: String { get }
    /// Forms and the like, which a reader may be in the middle of using.
    var controls: HTML { get }
    /// Taken anew when something changed.
    var live: HTML { get }
    /// What of the request cannot be understood; the page says it, too.
    var problem: String? { get }
}

extension DashboardPage {
    var problem: String? { nil }
}

enum Shell {
    /// The whole document.
    static func text(_ page: some DashboardPage, query: Parameters) throws -> String {
        let document =
            HTML(trusted: "<!DOCTYPE html>\n")
            + element("html", ["lang": "en"]) {
                element("head") {
                    Page.metadata
                    element("title") { "\(page.title) · Thalweg" }
                    element("link", ["rel": "stylesheet", "href": "/dashboard.css"])
                    element("script", ["src": "/dashboard.js", "defer": ""])
                }
                element("body") {
                    element("a", ["class": "skip", "href": "#content"]) { "Skip to the content" }
                    element("nav", ["aria-label": "Pages"]) {
                        element("a", ["href": "/"]) { "Runs" }
                        element("a", ["href": "/searches"]) { "Searches" }
                        element("span", ["class": "note", "id": "state", "role": "status"])
                    }
                    element("main", ["id": "content"]) {
                        element("h1") { page.title }
                        page.controls
                        element("div", ["id": "live"]) { page.live }
                    }
                }
            }
        return document.markup
    }
}

/// A labelled choice of a form that takes effect by itself where scripts run.
func choice(_ label: String, name: String, options: [(value: String, text: String)], chosen: String) -> HTML {
    element("label") {
        "\(label) "
        element("select", ["name": name]) {
            for option in options {
                element("option", ["value": option.value, "selected": option.value == chosen ? "" : nil]) {
                    option.text
                }
            }
        }
    }
}
