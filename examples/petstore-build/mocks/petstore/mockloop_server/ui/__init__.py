"""The admin UI: pages that show and steer the server through its admin API.

The shell, `templates/admin.html`, belongs to the project's owner; what it loads is in `static/`.
None of these files holds data: whoever may not call the admin API sees a form for its token.
"""

from mockloop_server.ui.part import AdminUi

__all__ = ["AdminUi"]
