"""The zoo: fitted estimators of every class of scikit-learn, and the bit-for-bit comparison that the tests stand on.

``registry`` lists the cases, ``families`` holds them, ``data`` what they are fitted on, ``own`` a user's own code.
``compare`` says of any two values where they differ, ``life`` what is looked at before and after saving, ``child`` runs
that in a fresh process. Nothing here knows how models are saved: that is a pair of functions, bytes out and bytes in.
"""
