"""What the bot of the software company could not answer."""

from botlens.demo.gaps.gap import demo_gap

GAPS = (
    demo_gap(
        "single sign-on",
        """
        en? Do you support SAML single sign-on?
        en? How do I set up single sign-on?
        en? Can we log in with single sign-on from our identity provider?
        en? Is single sign-on included in the team plan?
        en? How do I configure SAML SSO for my workspace?
        en? Where are the single sign-on settings?
        de? Unterstützt ihr Single Sign-on mit SAML?
        de? Wie richte ich Single Sign-on ein?
        de? Ist Single Sign-on im Team-Tarif enthalten?
        en! Yes. Open Settings, Security, Single sign-on and paste your provider's metadata URL.
        de! Ja. Unter Einstellungen, Sicherheit, Single Sign-on die Metadaten-URL des Anbieters eintragen.
        """,
        share=1.8,
        fixed=78.3,
    ),
    demo_gap(
        "importing from another tool",
        """
        en? Can I import my tasks from another tool?
        en? How do I import a board as CSV?
        en? How do I migrate our projects from another tool?
        en? Is there an importer for existing projects?
        en? We want to move our tasks from another tool, how do we import them?
        en? How do I import projects from a CSV file?
        de? Kann ich Aufgaben aus einem anderen Tool importieren?
        de? Wie importiere ich Projekte aus einer CSV-Datei?
        de? Gibt es einen Import für bestehende Projekte?
        en! Open Settings, Import and upload the CSV; you can match the columns before anything is created.
        de! Unter Einstellungen, Import die CSV hochladen; die Spalten lassen sich vorher zuordnen.
        """,
        fixed=25.6,
        surge=(40, 22),
    ),
    demo_gap(
        "exporting the audit log",
        """
        en? How do I export the audit log?
        en? Can I download the audit log as a file?
        en? Is there an audit log export?
        en? We need to export our audit log for a review
        en? Can the audit log be exported automatically?
        de? Wie exportiere ich das Audit-Log?
        de? Kann man das Audit-Log herunterladen?
        """,
    ),
    demo_gap(
        "dark mode",
        """
        en? Is there a dark mode?
        en? How do I turn on dark mode?
        en? When will you add dark mode?
        en? Does the mobile app have a dark mode?
        en? Can I switch to a dark theme?
        de? Gibt es einen Dunkelmodus?
        de? Wie schalte ich den Dunkelmodus ein?
        """,
        share=0.7,
    ),
)
